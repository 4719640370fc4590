#include "translate/ir/print.h"

#include <fmt/format.h>

namespace veneer::ir {

namespace {

std::string_view name(Type t) {
  switch (t) {
    case Type::None: return "none";
    case Type::I1: return "i1";
    case Type::I32: return "i32";
    case Type::I64: return "i64";
    case Type::F16: return "f16";
    case Type::F32: return "f32";
    case Type::F64: return "f64";
    case Type::V128: return "v128";
    case Type::Nzcv: return "nzcv";
  }
  return "?";
}

std::string name(Reg r) {
  if (is_gpr(r)) return fmt::format("x{}", r);
  if (is_wide(r)) return fmt::format("w{}", r - kRegWide0);
  if (is_vec(r)) return fmt::format("v{}", r - kRegVec0);
  return "nzcv";
}

std::string_view name(Cond c) {
  constexpr std::string_view kNames[] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc",
                                         "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"};
  return kNames[static_cast<usize>(c) & 15];
}

// What the immediate means, where that is not a number.
std::string immediate(const Inst& in) {
  switch (in.op) {
    case Op::GetReg:
    case Op::SetReg: return " " + name(in.reg());
    case Op::CondTest: return fmt::format(" {}", name(static_cast<Cond>(in.imm)));
    case Op::Ubfx:
    case Op::Sbfx:
    case Op::Bfi: return fmt::format(" lsb={} width={}", in.imm & 0xff, in.imm >> 8 & 0xff);
    default: break;
  }
  if (in.op != Op::Const && in.op != Op::InsnStart && in.imm == 0) return "";
  if (static_cast<s64>(in.imm) < 0 && static_cast<s64>(in.imm) > -4096)
    return fmt::format(" {}", static_cast<s64>(in.imm));
  return fmt::format(" {:#x}", in.imm);
}

}  // namespace

std::string to_string(const Inst& in, Value v) {
  if (in.op == Op::InsnStart) return fmt::format("{:012x}:", in.imm);
  std::string out = "  ";
  const OpInfo& op = info(in.op);
  if (result_type(in) != Type::None) out += fmt::format("%{} = ", v.id);
  out += text(in.op).name;
  if (in.type != Type::None) out += fmt::format(".{}", name(in.type));
  if (in.esize) out += fmt::format(".e{}", in.esize);
  if (in.q) out += ".q";
  if (in.aux) out += fmt::format(".a{}", in.aux);
  for (unsigned i = 0; i < op.arg_count; ++i)
    out += in.args[i].valid() ? fmt::format("{} %{}", i ? "," : "", in.args[i].id) : " -";
  return out + immediate(in);
}

std::string to_string(const Block& block) {
  std::string out;
  for (usize i = 0; i < block.insts.size(); ++i)
    out += to_string(block.insts[i], Value{static_cast<u16>(i)}) + "\n";
  return out;
}

}  // namespace veneer::ir
