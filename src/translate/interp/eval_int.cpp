// Integer arithmetic, logic, shifts, bit fields and CRCs.
#include <bit>

#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"

namespace veneer::interp {

namespace {

unsigned width_of(const ir::Inst& in) {
  return ir::bit_width(in.type);
}
Vec result(const ir::Inst& in, u64 v) {
  return integer(truncate(in, v));
}
u64 operand(const ir::Inst& in, const Vec& v) {
  return truncate(in, v.d[0]);
}
unsigned amount(const ir::Inst& in, const Vec& v) {
  return static_cast<unsigned>(v.d[0] % width_of(in));
}
u64 low_mask(unsigned width) {
  return width >= 64 ? ~u64{0} : (u64{1} << width) - 1;
}
unsigned field_lsb(const ir::Inst& in) {
  return in.imm & 0xff;
}
unsigned field_width(const ir::Inst& in) {
  return in.imm >> 8 & 0xff;
}

// Swaps neighbouring groups of `group` bits, those that `low` selects against the ones above.
u64 swap_groups(u64 v, u64 low, unsigned group) {
  return (v & low) << group | (v >> group & low);
}
u64 swap_bytes_in_halves(u64 v) {
  return swap_groups(v, 0x00ff00ff00ff00ff, 8);
}
u64 swap_bytes_in_words(u64 v) {
  return swap_groups(swap_bytes_in_halves(v), 0x0000ffff0000ffff, 16);
}
u64 reverse_bits(u64 v) {
  v = swap_groups(v, 0x5555555555555555, 1);
  v = swap_groups(v, 0x3333333333333333, 2);
  v = swap_groups(v, 0x0f0f0f0f0f0f0f0f, 4);
  return std::rotl(swap_bytes_in_words(v), 32);
}

// Arm ARM CRC32: bit-reflected, without the initial and final inversions. `poly` is the reflected polynomial.
u32 crc(u32 acc, u64 data, unsigned bits, u32 poly) {
  for (unsigned i = 0; i < bits; i += 8) {
    acc ^= static_cast<u8>(data >> i);
    for (int k = 0; k < 8; ++k) acc = acc >> 1 ^ (acc & 1 ? poly : 0);
  }
  return acc;
}

}  // namespace

#define VENEER_EVAL(name) \
  Vec eval_##name([[maybe_unused]] CpuState& s, [[maybe_unused]] const ir::Inst& in, const Vec* a)

VENEER_EVAL(Add) {
  return result(in, a[0].d[0] + a[1].d[0]);
}
VENEER_EVAL(Sub) {
  return result(in, a[0].d[0] - a[1].d[0]);
}
VENEER_EVAL(Adc) {
  return result(in, a[0].d[0] + a[1].d[0] + (a[2].d[0] & 1));
}
VENEER_EVAL(Sbc) {
  return result(in, a[0].d[0] + ~a[1].d[0] + (a[2].d[0] & 1));
}
VENEER_EVAL(Mul) {
  return result(in, a[0].d[0] * a[1].d[0]);
}
VENEER_EVAL(MulHiS) {
  return integer(static_cast<u64>(static_cast<s128>(a[0].sd[0]) * a[1].sd[0] >> 64));
}
VENEER_EVAL(MulHiU) {
  return integer(static_cast<u64>(static_cast<u128>(a[0].d[0]) * a[1].d[0] >> 64));
}
VENEER_EVAL(MulWideS) {
  return integer(static_cast<u64>(s64{a[0].sw[0]} * a[1].sw[0]));
}
VENEER_EVAL(MulWideU) {
  return integer(u64{a[0].w[0]} * a[1].w[0]);
}
VENEER_EVAL(DivS) {
  const s64 n = signed_value(in, a[0].d[0]), d = signed_value(in, a[1].d[0]);
  if (d == 0) return integer(0);
  if (d == -1) return result(in, 0 - static_cast<u64>(n));
  return result(in, static_cast<u64>(n / d));
}
VENEER_EVAL(DivU) {
  const u64 d = operand(in, a[1]);
  return integer(d == 0 ? 0 : operand(in, a[0]) / d);
}
VENEER_EVAL(And) {
  return result(in, a[0].d[0] & a[1].d[0]);
}
VENEER_EVAL(Or) {
  return result(in, a[0].d[0] | a[1].d[0]);
}
VENEER_EVAL(Xor) {
  return result(in, a[0].d[0] ^ a[1].d[0]);
}
VENEER_EVAL(AndNot) {
  return result(in, a[0].d[0] & ~a[1].d[0]);
}
VENEER_EVAL(OrNot) {
  return result(in, a[0].d[0] | ~a[1].d[0]);
}
VENEER_EVAL(XorNot) {
  return result(in, a[0].d[0] ^ ~a[1].d[0]);
}
VENEER_EVAL(Not) {
  return result(in, ~a[0].d[0]);
}
VENEER_EVAL(Neg) {
  return result(in, 0 - a[0].d[0]);
}
VENEER_EVAL(Shl) {
  return result(in, a[0].d[0] << amount(in, a[1]));
}
VENEER_EVAL(Shr) {
  return integer(operand(in, a[0]) >> amount(in, a[1]));
}
VENEER_EVAL(Sar) {
  return result(in, static_cast<u64>(signed_value(in, a[0].d[0]) >> amount(in, a[1])));
}
VENEER_EVAL(Ror) {
  const int n = static_cast<int>(amount(in, a[1]));
  return integer(in.type == ir::Type::I32 ? std::rotr(a[0].w[0], n) : std::rotr(a[0].d[0], n));
}
VENEER_EVAL(Clz) {
  return integer(
      static_cast<u64>(in.type == ir::Type::I32 ? std::countl_zero(a[0].w[0]) : std::countl_zero(a[0].d[0])));
}
VENEER_EVAL(Ctz) {
  return integer(
      static_cast<u64>(in.type == ir::Type::I32 ? std::countr_zero(a[0].w[0]) : std::countr_zero(a[0].d[0])));
}
VENEER_EVAL(Popcount) {
  return integer(static_cast<u64>(std::popcount(in.type == ir::Type::I32 ? a[0].w[0] : a[0].d[0])));
}
VENEER_EVAL(Cls) {
  const u64 v = static_cast<u64>(signed_value(in, a[0].d[0]));
  const u64 zeros_lead = a[0].d[0] >> (width_of(in) - 1) & 1 ? ~v : v;
  return integer(static_cast<u64>(std::countl_zero(zeros_lead)) - (64 - width_of(in)) - 1);
}
VENEER_EVAL(Rbit) {
  return integer(reverse_bits(a[0].d[0]) >> (64 - width_of(in)));
}
VENEER_EVAL(Bswap) {
  return integer(std::rotl(swap_bytes_in_words(a[0].d[0]), 32) >> (64 - width_of(in)));
}
VENEER_EVAL(Bswap16) {
  return result(in, swap_bytes_in_halves(a[0].d[0]));
}
VENEER_EVAL(Bswap32) {
  return integer(swap_bytes_in_words(a[0].d[0]));
}
VENEER_EVAL(Trunc) {
  return integer(a[0].w[0]);
}
VENEER_EVAL(ZExt) {
  return integer(a[0].w[0]);
}
VENEER_EVAL(SExt) {
  return integer(static_cast<u64>(s64{a[0].sw[0]}));
}
VENEER_EVAL(Ubfx) {
  return integer(operand(in, a[0]) >> field_lsb(in) & low_mask(field_width(in)));
}
VENEER_EVAL(Sbfx) {
  const unsigned shift = 64 - field_width(in);
  return result(in, static_cast<u64>(static_cast<s64>(a[0].d[0] >> field_lsb(in) << shift) >> shift));
}
VENEER_EVAL(Bfi) {
  const u64 mask = low_mask(field_width(in)) << field_lsb(in);
  return result(in, (a[0].d[0] & ~mask) | (a[1].d[0] << field_lsb(in) & mask));
}
VENEER_EVAL(Extr) {
  const u128 both = static_cast<u128>(operand(in, a[0])) << width_of(in) | operand(in, a[1]);
  return result(in, static_cast<u64>(both >> in.imm));
}
VENEER_EVAL(Crc32) {
  return integer(crc(a[0].w[0], a[1].d[0], in.esize, 0xedb88320));
}
VENEER_EVAL(Crc32c) {
  return integer(crc(a[0].w[0], a[1].d[0], in.esize, 0x82f63b78));
}

#undef VENEER_EVAL

}  // namespace veneer::interp
