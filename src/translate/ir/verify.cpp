#include "translate/ir/verify.h"

#include <fmt/format.h>

#include "translate/ir/print.h"

namespace veneer::ir {

namespace {

// A letter of a signature, as ops.inc explains them.
bool fits(char letter, Type have, Type own) {
  switch (letter) {
    case 'T': return have == own;
    case 'b': return have == Type::I1;
    case 'w': return have == Type::I32;
    case 'x': return have == Type::I64;
    case 'f': return have == Type::Nzcv;
    case 'v': return have == Type::V128;
    case 'I': return is_int(have);
    case 'F': return is_float(have);
    case 'A': return have != Type::None;
    default: return false;
  }
}

std::string check_immediate(const Inst& in) {
  switch (in.op) {
    case Op::GetReg:
    case Op::SetReg: return in.imm < kRegCount ? "" : "names no register";
    case Op::CondTest: return in.imm < 16 ? "" : "names no condition";
    case Op::TestBit: return in.imm < bit_width(in.type) ? "" : "tests a bit that the type does not have";
    case Op::Ubfx:
    case Op::Sbfx:
    case Op::Bfi: {
      const u64 lsb = in.imm & 0xff, width = in.imm >> 8 & 0xff;
      return width >= 1 && lsb + width <= bit_width(in.type) ? "" : "has a field outside of its type";
    }
    default: return "";
  }
}

std::string check(const Block& block, usize i) {
  const Inst& in = block.insts[i];
  if (in.op >= Op::Count) return "is no operation";
  const OpInfo& op = info(in.op);
  for (unsigned k = 0; k < op.arg_count; ++k) {
    const Value arg = in.args[k];
    if (!arg.valid()) return fmt::format("lacks operand {}", k);
    if (arg.id >= i) return fmt::format("uses %{} before it is defined", arg.id);
    const Type have = result_type(block.insts[arg.id]);
    if (have == Type::None) return fmt::format("uses %{}, which has no value", arg.id);
    if (!fits(text(in.op).sig[2 + k], have, in.type)) return fmt::format("has operand {} of a wrong type", k);
  }
  if (op.result == 'T' && in.type == Type::None) return "has no type";
  const bool last = i + 1 == block.insts.size();
  if (((op.props & E) != 0) != last)
    return last ? "ends the block and is no terminator" : "is a terminator within the block";
  return check_immediate(in);
}

}  // namespace

std::string verify(const Block& block) {
  if (block.insts.empty()) return "the block is empty";
  if (block.insts.size() > kMaxInsts) return fmt::format("the block has {} instructions", block.insts.size());
  if (block.insts.front().op != Op::InsnStart) return "the block does not start with a guest instruction";
  for (usize i = 0; i < block.insts.size(); ++i)
    if (std::string problem = check(block, i); !problem.empty())
      return fmt::format("{}: {}", to_string(block.insts[i], Value{static_cast<u16>(i)}), problem);
  return "";
}

}  // namespace veneer::ir
