#include "isa/riscv64/vector_lifter.h"

#include <bit>

namespace veneer::rv64 {

namespace {

unsigned size_index(unsigned bits) {
  return static_cast<unsigned>(std::countr_zero(bits)) - 3;
}

}  // namespace

VectorMode VectorLifter::mode() {
  if (!block_mode_.sets) block_mode_.reads = true;
  return VectorMode(block_mode_.out);
}

void VectorLifter::set_mode(VectorMode mode, std::optional<u64> vl) {
  block_mode_.sets = true;
  block_mode_.out = mode.bits();
  known_vl_ = vl;
  vl_ = Value{};
  vl_multiple_ = 1;
  body_ = {};
  active_ = {};
}

void VectorLifter::write_mode(VectorMode mode, std::optional<u64> vl) {
  b.emit(Op::WriteMode, Type::None, {b.i32(mode.bits())});
  set_mode(mode, vl);
}

std::optional<u64> VectorLifter::known_vl() {
  return mode().full() ? vlmax() : known_vl_;
}

Value VectorLifter::vl() {
  if (const auto known = known_vl()) return b.i64(*known);
  if (!vl_.valid()) vl_ = b.emit(Op::ReadControl, Type::I64, {}, kVl);
  return vl_;
}

void VectorLifter::require_vl_multiple(unsigned elements) {
  if (known_vl() || elements <= vl_multiple_) return;
  b.emit(Op::CheckMultiple, Type::None, {vl()}, elements);
  vl_multiple_ = elements;
}

Value VectorLifter::body(unsigned bits, unsigned n) {
  if (const auto known = known_vl()) {
    const u64 bytes = *known * bits / 8;
    return bytes >= 16u * (n + 1) ? Value{} : below(b.i64(bytes), n);
  }
  Value& mask = body_[size_index(bits)][n];
  if (!mask.valid()) mask = below(b.shl(vl(), size_index(bits)), n);
  return mask;
}

Value VectorLifter::expanded(unsigned mask, unsigned bits, unsigned n) {
  const unsigned first = 128 / bits * n;
  return b.v1(Op::VExpandBits, bits, true, part(mask, first / 128), first % 128);
}

Value VectorLifter::active(Insn i, unsigned bits, unsigned n) {
  const Value in_body = body(bits, n);
  if (i.bit(25)) return in_body;
  const unsigned first = 128 / bits * n;
  const Value mask = part(0, first / 128);
  Cached& cached = active_[size_index(bits)][n];
  if (cached.of != mask.id) {
    const Value lanes = expanded(0, bits, n);
    cached = {mask.id, in_body.valid() ? b.v2(Op::VAnd, 8, true, lanes, in_body) : lanes};
  }
  return cached.value;
}

void VectorLifter::write_to(Insn i, unsigned reg, unsigned bits, unsigned n, Value v) {
  const Value mask = active(i, bits, n);
  set_part(reg, n, mask.valid() ? b.v3(Op::VBsl, 8, true, mask, v, part(reg, n)) : v);
}

Value VectorLifter::body_bits(unsigned n) {
  if (const auto known = known_vl()) {
    if (*known >= 64u * (n + 1)) return {};
    return b.i64(*known > 64u * n ? ~u64{0} >> (64 - (*known - 64u * n)) : 0);
  }
  const Value left = b.sub(vl(), b.i64(64u * n));
  const Value some = b.sub(b.bin(Op::Shl, b.i64(1), left), b.i64(1));
  const Value all = b.select(b.emit(Op::CmpLtS, Type::I64, {left, b.i64(64)}), some, b.i64(~u64{0}));
  return n == 0 ? all : b.select(b.emit(Op::CmpLtS, Type::I64, {left, b.i64(0)}), b.i64(0), all);
}

Value VectorLifter::active_bits(Insn i, unsigned n) {
  const Value in_body = body_bits(n);
  if (i.bit(25)) return in_body;
  const Value set = word(0, n);
  return in_body.valid() ? b.and_(set, in_body) : set;
}

void VectorLifter::write_bits(Insn i, unsigned n, Value bits) {
  const Value mask = active_bits(i, n);
  if (mask.valid()) bits = b.or_(b.and_(bits, mask), b.bin(Op::AndNot, word(i.rd(), n), mask));
  set_word(i.rd(), n, bits);
}

const VectorLifter::Rounding& VectorLifter::rounding(unsigned bits) {
  std::optional<Rounding>& known = rounding_[size_index(bits)];
  if (known) return *known;
  const Value vxrm = b.emit(Op::ReadControl, Type::I64, {}, kVxrm);
  const auto everywhere = [&](Value v) {
    return b.emit(Op::VDup, Type::V128, {v}, 0, static_cast<u8>(bits), true);
  };
  constexpr u64 kOdd = 0b1010, kFlipped = 0b1001;  // by vxrm
  const auto bit_of = [&](u64 table) { return b.and_(b.bin(Op::Shr, b.i64(table), vxrm), b.i64(1)); };
  known = Rounding{.odd = everywhere(bit_of(kOdd)),
                   .flipped = everywhere(bit_of(kFlipped)),
                   .directed = everywhere(b.un(Op::Neg, b.shr(vxrm, 1)))};
  return *known;
}

Value VectorLifter::splat(unsigned bits, u64 value) {
  for (value &= ~u64{0} >> (64 - bits); bits < 64; bits *= 2) value |= value << bits;
  return b.vconst(value, true);
}

Value VectorLifter::lanes(u64 low, u64 high) {
  if (low == high) return b.vconst(low, true);
  const Value half = b.vconst(low, false);
  return high == 0 ? half : b.emit(Op::VSetLane, Type::V128, {half, b.i64(high)}, 1, 64, true);
}

}  // namespace veneer::rv64
