// --dump: what was translated, to the log.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/disassembler.h"
#include "base/files.h"
#include "translate/ir/print.h"
#include "translate/tier1/engine.h"

namespace veneer::tier1 {

namespace {

std::string host_code(const Unit& unit) {
  Disassembler* disassembler = Disassembler::shared<Disassembler::Isa::X86_64>();
  std::string out;
  const std::span<const u8> code(unit.code, unit.size);
  for (usize at = 0; at < code.size();) {
    const u64 address = reinterpret_cast<u64>(unit.code) + at;  // NOLINT: an address to print
    Disassembler::Instruction in;
    if (disassembler) in = disassembler->decode(code.subspan(at), address);
    if (in.length == 0) in = {fmt::format(".byte {:#04x}", code[at]), 1};
    out += fmt::format("  {:012x}: {}\n", address, in.text);
    at += in.length;
  }
  return out;
}

}  // namespace

bool Engine::dumps(std::span<const ir::Block> blocks) const {
  if (!options_.dump_guest && !options_.dump_ir && !options_.dump_host) return false;
  return !options_.dump_addr || std::any_of(blocks.begin(), blocks.end(), [this](const ir::Block& b) {
    return b.pc <= *options_.dump_addr && *options_.dump_addr < b.end_pc;
  });
}

void Engine::dump(std::span<const ir::Block> blocks, const Unit* unit) const {
  std::string out;
  for (const ir::Block& b : blocks) {
    if (options_.dump_guest) {
      out += fmt::format("guest block {:#x}{}\n", b.pc, unit && unit->region ? " of a region" : "");
      std::span<const u8> code = source_.fetch(b.pc);
      for (GuestAddr pc = b.pc; !code.empty() && pc < b.end_pc;) {
        const GuestIsa::Disassembled in = isa_.disassemble(pc, code);
        u32 word = 0;
        std::memcpy(&word, code.data(), std::min(in.length, sizeof word));
        out += fmt::format("  {:012x}: {:0{}x}  {}\n", pc, word, 2 * in.length, in.text);
        pc += in.length;
        code = code.subspan(in.length);
      }
    }
    if (options_.dump_ir) out += fmt::format("ir of block {:#x}\n{}", b.pc, ir::to_string(b));
  }
  if (options_.dump_host && unit)
    out += fmt::format("host code of {} {:#x}, {} bytes\n{}", unit->region ? "region" : "block", unit->pc,
                       unit->size, host_code(*unit));
  write_all(options_.log_fd, out);
}

}  // namespace veneer::tier1
