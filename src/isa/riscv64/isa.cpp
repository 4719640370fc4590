#include "isa/riscv64/isa.h"

#include <cstring>

#include "base/disassembler.h"
#include "isa/riscv64/decoder.h"
#include "isa/riscv64/execute/executor.h"

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

// f(encoding or null, instruction) of the table for its length.
template <class Fn>
auto with_encoding(const Fetched& in, const Features& features, Fn f) {
  if (in.length == sizeof(u16)) return f(decode16(in.bits, features), Insn16{in.bits});
  return f(in.length ? decode(in.bits, features) : nullptr, Insn{in.bits});
}

}  // namespace

std::string Riscv64Isa::variant() const {
  return isa_string(features_) + " vlen=" + std::to_string(features_.vlen);
}

void Riscv64Isa::lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
                      ir::Block& block) const {
  block.pc = pc;
  block.guest_insns = 0;
  ir::Builder b(block);
  const Features& features = options.wide ? features_ : scalar_features_;
  Lifter l(b, features, options.mode);
  l.next_pc = pc;
  for (usize n = 0; n < options.max_insns && b.size() < kMaxBlockOps && !b.terminated() && !code.empty(); ++n) {
    const Fetched in = first_of(code);
    if (!in.whole && n > 0) break;  // the fault is the next block's
    l.pc = l.next_pc;
    l.next_pc = l.pc + std::max(in.length, 2u);
    b.insn_start(l.pc);
    if (n == 0 && options.strip_tags)
      b.ignore_upper_bits(b.emit(ir::Op::ReadControl, ir::Type::I64, {}, kMaskLength));
    if (!in.whole) {
      b.trap(ir::TrapKind::FetchFault);
    } else if (!with_encoding(in, features, [&](const auto* e, auto insn) { return e && e->lift(l, insn); })) {
      b.trap(ir::TrapKind::Undefined);
    }
    code = code.subspan(std::min<usize>(code.size(), l.next_pc - l.pc));
  }
  block.end_pc = l.next_pc;
  block.mode = l.vector.block_mode();
  if (!b.terminated()) b.branch(block.end_pc);
}

GuestIsa::Executor Riscv64Isa::executor() const {
  return execute_vector;
}

GuestIsa::Disassembled Riscv64Isa::disassemble(GuestAddr pc, std::span<const u8> code) const {
  Disassembler* disassembler = Disassembler::shared<Disassembler::Isa::Riscv64>();
  const Fetched in = first_of(code);
  if (!in.whole) return {"cut off", code.size()};
  const usize length = std::max(in.length, 2u);
  const auto name =
      with_encoding(in, features_, [](const auto* e, auto) { return e ? e->name : std::string_view{}; });
  if (name.empty()) return {"illegal", length};
  if (disassembler)
    if (const auto text = disassembler->decode(code.first(length), pc); text.length == length)
      return {text.text, length};
  return {std::string(name), length};
}

}  // namespace veneer::rv64
