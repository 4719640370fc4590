// Moves between the integer and the vector register files.
#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"
#include "translate/softfp/format.h"

namespace veneer::interp {

namespace {

// The low bits of v that a value of this type holds.
Vec low(const Vec& v, ir::Type type) {
  const unsigned bits = ir::bit_width(type);
  return integer(bits >= 64 ? v.d[0] : v.d[0] & ((u64{1} << bits) - 1));
}

}  // namespace

Vec eval_BitsToF(CpuState&, const ir::Inst& in, const Vec* a) {
  return low(a[0], in.type);
}
Vec eval_FToBits(CpuState&, const ir::Inst& in, const Vec* a) {
  return low(a[0], in.type);
}
Vec eval_FToV(CpuState&, const ir::Inst&, const Vec* a) {
  return a[0];
}
Vec eval_VToF(CpuState&, const ir::Inst& in, const Vec* a) {
  return low(a[0], in.type);
}
Vec eval_FBox(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec r{};
  r.d[0] = a[0].d[0] | ~u64{0} << in.esize;
  return r;
}
Vec eval_FUnbox(CpuState&, const ir::Inst& in, const Vec* a) {
  const unsigned width = ir::bit_width(in.type);
  if (a[0].sd[0] >> width == -1) return low(a[0], in.type);
  Vec r{};
  r.d[0] = in.type == ir::Type::F16 ? softfp::Half::default_nan() : softfp::Single::default_nan();
  return r;
}

}  // namespace veneer::interp
