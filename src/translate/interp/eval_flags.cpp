// Condition flags and conditions (Arm ARM, AddWithCarry and ConditionHolds).
#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"

namespace veneer::interp {

namespace {

using ir::Cond;

Vec flags(bool n, bool z, bool c, bool v) {
  Vec r{};
  r.h[0] = static_cast<u16>((n ? Nzcv::kN : 0) | (z ? Nzcv::kZ : 0) | (c ? Nzcv::kC : 0) | (v ? Nzcv::kV : 0));
  return r;
}

Vec add_with_carry(const ir::Inst& in, u64 a, u64 b, bool carry) {
  const unsigned width = ir::bit_width(in.type);
  a = truncate(in, a);
  b = truncate(in, b);
  const u128 wide = static_cast<u128>(a) + b + carry;
  const u64 sum = truncate(in, static_cast<u64>(wide));
  const bool overflow = (~(a ^ b) & (a ^ sum)) >> (width - 1) & 1;
  return flags(sum >> (width - 1) & 1, sum == 0, wide >> width & 1, overflow);
}

bool holds(u16 f, Cond cond) {
  return ir::holds(cond, f & Nzcv::kN, f & Nzcv::kZ, f & Nzcv::kC, f & Nzcv::kV);
}

}  // namespace

Vec eval_FlagsAdd(CpuState&, const ir::Inst& in, const Vec* a) {
  return add_with_carry(in, a[0].d[0], a[1].d[0], false);
}
Vec eval_FlagsSub(CpuState&, const ir::Inst& in, const Vec* a) {
  return add_with_carry(in, a[0].d[0], ~a[1].d[0], true);
}
Vec eval_FlagsAdc(CpuState&, const ir::Inst& in, const Vec* a) {
  return add_with_carry(in, a[0].d[0], a[1].d[0], a[2].b[0] & 1);
}
Vec eval_FlagsSbc(CpuState&, const ir::Inst& in, const Vec* a) {
  return add_with_carry(in, a[0].d[0], ~a[1].d[0], a[2].b[0] & 1);
}
Vec eval_FlagsLogic(CpuState&, const ir::Inst& in, const Vec* a) {
  const u64 v = truncate(in, a[0].d[0]);
  return flags(v >> (ir::bit_width(in.type) - 1) & 1, v == 0, false, false);
}
Vec eval_FlagsPack(CpuState&, const ir::Inst&, const Vec* a) {
  Vec r{};
  r.h[0] = Nzcv::from_arm(a[0].w[0]);
  return r;
}
Vec eval_FlagsUnpack(CpuState&, const ir::Inst&, const Vec* a) {
  return integer(Nzcv::to_arm(a[0].h[0]));
}
Vec eval_FlagsSelect(CpuState&, const ir::Inst&, const Vec* a) {
  return a[0].b[0] & 1 ? a[1] : a[2];
}
Vec eval_CondTest(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(holds(a[0].h[0], static_cast<Cond>(in.imm)));
}
Vec eval_CmpEq(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(truncate(in, a[0].d[0]) == truncate(in, a[1].d[0]));
}
Vec eval_CmpNe(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(truncate(in, a[0].d[0]) != truncate(in, a[1].d[0]));
}
Vec eval_CmpLtS(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(signed_value(in, a[0].d[0]) < signed_value(in, a[1].d[0]));
}
Vec eval_CmpLtU(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(truncate(in, a[0].d[0]) < truncate(in, a[1].d[0]));
}
Vec eval_TestBit(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(a[0].d[0] >> in.imm & 1);
}
Vec eval_BoolNot(CpuState&, const ir::Inst&, const Vec* a) {
  return integer(~a[0].d[0] & 1);
}
Vec eval_BoolAnd(CpuState&, const ir::Inst&, const Vec* a) {
  return integer(a[0].d[0] & a[1].d[0] & 1);
}
Vec eval_BoolToInt(CpuState&, const ir::Inst&, const Vec* a) {
  return integer(a[0].d[0] & 1);
}
Vec eval_Select(CpuState&, const ir::Inst&, const Vec* a) {
  return a[0].b[0] & 1 ? a[1] : a[2];
}

}  // namespace veneer::interp
