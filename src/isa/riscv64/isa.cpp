#include "isa/riscv64/isa.h"

#include <cstdio>
#include <cstring>
#include <memory>

#include "base/disassembler.h"
#include "isa/riscv64/decoder.h"

namespace veneer::rv64 {

namespace {

// Well below what a block may hold: the longest lift of one instruction is some hundred operations.
constexpr usize kMaxBlockOps = ir::kMaxInsts - 1024;

struct Fetched {
  u32 bits = 0;
  unsigned length = 0;  // 0: it is longer than any that exists
  bool whole = false;   // all of it can be fetched
};

Fetched first_of(std::span<const u8> code) {
  Fetched in;
  u16 first = 0;
  if (code.size() < sizeof first) return in;
  std::memcpy(&first, code.data(), sizeof first);
  in.bits = first;
  in.length = length_of(first);
  in.whole = in.length <= code.size();
  if (in.whole && in.length == sizeof(u32)) std::memcpy(&in.bits, code.data(), sizeof(u32));
  return in;
}

bool lift_one(Lifter& l, const Fetched& in) {
  if (in.length == sizeof(u16)) {
    const Encoding16* encoding = decode16(in.bits);
    return encoding && encoding->lift(l, Insn16{in.bits});
  }
  const Encoding* encoding = in.length ? decode(in.bits) : nullptr;
  return encoding && encoding->lift(l, Insn{in.bits});
}

std::string_view name_of(const Fetched& in) {
  if (in.length == sizeof(u16)) {
    const Encoding16* encoding = decode16(in.bits);
    return encoding ? encoding->name : "";
  }
  const Encoding* encoding = in.length ? decode(in.bits) : nullptr;
  return encoding ? encoding->name : "";
}

}  // namespace

void Riscv64Isa::lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
                      ir::Block& block) const {
  block.pc = pc;
  block.guest_insns = 0;
  ir::Builder b(block);
  Lifter l(b);
  l.next_pc = pc;
  for (usize n = 0; n < options.max_insns && b.size() < kMaxBlockOps && !b.terminated() && !code.empty(); ++n) {
    const Fetched in = first_of(code);
    if (!in.whole && n > 0) break;  // the fault is the next block's
    l.pc = l.next_pc;
    l.next_pc = l.pc + std::max(in.length, 2u);
    b.insn_start(l.pc);
    if (!in.whole) {
      b.trap(ir::TrapKind::FetchFault);
    } else if (!lift_one(l, in)) {
      b.trap(ir::TrapKind::Undefined);
    }
    code = code.subspan(std::min<usize>(code.size(), l.next_pc - l.pc));
  }
  block.end_pc = l.next_pc;
  if (!b.terminated()) b.branch(block.end_pc);
}

GuestIsa::Disassembled Riscv64Isa::disassemble(GuestAddr pc, std::span<const u8> code) const {
  static const std::unique_ptr<Disassembler> disassembler = [] {
    std::string problem;
    auto d = Disassembler::open(Disassembler::Isa::Riscv64, problem);
    if (!d) std::fprintf(stderr, "veneer: %s\n", problem.c_str());
    return d;
  }();
  const Fetched in = first_of(code);
  if (!in.whole) return {"cut off", code.size()};
  const usize length = std::max(in.length, 2u);
  const std::string_view name = name_of(in);
  if (name.empty()) return {"illegal", length};
  if (disassembler)
    if (const auto text = disassembler->decode(code.first(length), pc); text.length == length)
      return {text.text, length};
  return {std::string(name), length};
}

}  // namespace veneer::rv64
