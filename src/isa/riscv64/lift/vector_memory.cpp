// Loads and stores of vectors (Unprivileged ISA 31.7).
#include <bit>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

enum class Kind { Load, Store };
constexpr unsigned kFewElements = 16;  // that are accessed in line, one by one

// The logarithm of EMUL for elements of `bits`.
int emul_of(Lifter& l, unsigned bits) {
  const VectorMode mode = l.vector.mode();
  return mode.lmul() + std::countr_zero(bits) - mode.log2_sew();
}
unsigned fields(Insn i) {
  return i.bits(31, 29) + 1;
}

// Are there so many groups from vd on, and does a masked load leave the mask alone?
bool has_groups(Lifter& l, Insn i, int emul) {
  if (l.vector.mode().ill() || !VectorLifter::is_group(i.rd(), emul)) return false;
  const unsigned all = VectorLifter::registers(emul) * fields(i);
  if (all > 8 || i.rd() + all > 32) return false;
  return VectorLifter::mask_survives(i);  // a store does not read it as anything else
}

bool by_elements(Lifter& l, Insn i, Value stride) {
  execute(l, i, l.x(i.rs1()), stride);
  return true;
}
bool by_elements(Lifter& l, Insn i) {
  return by_elements(l, i, l.b.i64(0));
}

// One element, or structure, after another: `distance` apart, or with indices of a width.
void access_elements(Lifter& l, Insn i, Kind kind, unsigned bits, Value distance, unsigned index_bits = 0) {
  // Each address is to be shortened by itself.
  if (l.b.ignores_upper_bits()) {
    by_elements(l, i, distance);
    return;
  }
  VectorLifter& v = l.vector;
  const unsigned size = v.register_bytes();
  const ir::ElementAccess access{
      .first = static_cast<u16>(i.rd() * size),
      .step = static_cast<u16>(VectorLifter::registers(emul_of(l, bits)) * size),
      .fields = static_cast<u8>(fields(i)),
      .index = static_cast<u16>(index_bits ? i.rs2() * size : 0),
      .index_bytes = static_cast<u8>(index_bits / 8),
      .stores = kind == Kind::Store,
      .masked = !i.bit(25),
      .counter = kVstart,
      .started = v.mode().type().with(VectorMode::kStarted).bits(),
  };
  l.b.access_elements(bits, access, l.x(i.rs1()), distance, v.vl());
  l.b.emit(Op::WriteControl, Type::None, {l.b.i64(0)}, kVstart);
  l.b.emit(Op::WriteMode, Type::None, {l.b.i32(v.mode().bits())});
}

// --- one after the other -----------------------------------------------------------------------------------

void load_part(Lifter& l, unsigned reg, unsigned n, Value base, Value mask) {
  VectorLifter& v = l.vector;
  if (!mask.valid()) return v.set_part(reg, n, l.b.load_v(base, 16 * n));
  v.set_part(reg, n, l.b.emit(Op::LoadVMasked, Type::V128, {base, mask, v.part(reg, n)}, 16u * n, 128, true));
}
void store_part(Lifter& l, unsigned reg, unsigned n, Value base, Value mask) {
  const Value value = l.vector.part(reg, n);
  if (!mask.valid()) return l.b.store_v(base, value, 16 * n);
  l.b.emit(Op::StoreVMasked, Type::V128, {base, mask, value}, 16u * n, 128, true);
}
void access_part(Lifter& l, Kind kind, unsigned reg, unsigned n, Value base, Value mask) {
  kind == Kind::Load ? load_part(l, reg, n, base, mask) : store_part(l, reg, n, base, mask);
}

// Structures of two to four fields: parts of memory are taken apart, or put together.
using Parts = std::array<Value, 4>;
Value pairs(Lifter& l, Op op, unsigned bits, Value a, Value c) {
  return l.b.v2(op, bits, true, a, c);
}
Parts taken_apart(Lifter& l, unsigned count, unsigned bits, const Parts& m) {
  const auto even = [&](Value a, Value c) { return pairs(l, Op::VUzp1, bits, a, c); };
  const auto odd = [&](Value a, Value c) { return pairs(l, Op::VUzp2, bits, a, c); };
  if (count == 2) return {even(m[0], m[1]), odd(m[0], m[1])};
  if (count == 3) {
    const auto field = [&](unsigned n) { return l.b.v3(Op::VDeint3, bits, true, m[0], m[1], m[2], n); };
    return {field(0), field(1), field(2)};
  }
  const Value even_low = even(m[0], m[1]), even_high = even(m[2], m[3]);
  const Value odd_low = odd(m[0], m[1]), odd_high = odd(m[2], m[3]);
  return {even(even_low, even_high), even(odd_low, odd_high), odd(even_low, even_high), odd(odd_low, odd_high)};
}
Parts put_together(Lifter& l, unsigned count, unsigned bits, const Parts& r) {
  const auto low = [&](Value a, Value c) { return pairs(l, Op::VZip1, bits, a, c); };
  const auto high = [&](Value a, Value c) { return pairs(l, Op::VZip2, bits, a, c); };
  if (count == 2) return {low(r[0], r[1]), high(r[0], r[1])};
  if (count == 3) {
    const auto part = [&](unsigned n) { return l.b.v3(Op::VInt3, bits, true, r[0], r[1], r[2], n); };
    return {part(0), part(1), part(2)};
  }
  const Value even_low = low(r[0], r[2]), even_high = high(r[0], r[2]);
  const Value odd_low = low(r[1], r[3]), odd_high = high(r[1], r[3]);
  return {low(even_low, odd_low), high(even_low, odd_low), low(even_high, odd_high), high(even_high, odd_high)};
}
// Stores are of full groups.
void access_structures(Lifter& l, Insn i, Kind kind, unsigned bits, int emul) {
  VectorLifter& v = l.vector;
  const unsigned count = fields(i), step = VectorLifter::registers(emul);
  const Value base = l.x(i.rs1());
  for (unsigned n = 0; n < v.parts(bits); ++n) {
    const Value active = v.active(i, bits, n);
    // All fields of a structure are active, or none.
    const Parts masks =
        active.valid() ? put_together(l, count, bits, {active, active, active, active}) : Parts{};
    Parts r{}, m{};
    if (kind == Kind::Store) {
      for (unsigned f = 0; f < count; ++f) r[f] = v.part(i.rd() + f * step, n);
      m = put_together(l, count, bits, r);
    }
    for (unsigned f = 0; f < count; ++f) {
      const u64 at = 16u * (n * count + f);
      if (kind == Kind::Load) {
        m[f] = masks[f].valid()
                   ? l.b.emit(Op::LoadVMasked, Type::V128, {base, masks[f], v.lanes(0, 0)}, at, 128, true)
                   : l.b.load_v(base, static_cast<s64>(at));
      } else {
        l.b.store_v(base, m[f], static_cast<s64>(at));
      }
    }
    if (kind == Kind::Store) continue;
    r = taken_apart(l, count, bits, m);
    for (unsigned f = 0; f < count; ++f) v.write_to(i, i.rd() + f * step, bits, n, r[f]);
  }
}

bool unit_stride(Lifter& l, Insn i, Kind kind, unsigned bits) {
  const int emul = emul_of(l, bits);
  if (!has_groups(l, i, emul)) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return by_elements(l, i);
  if (const unsigned count = fields(i); count > 1) {
    // A host without masked stores has no short way to store parts of structures.
    const bool whole = v.mode().full() && i.bit(25) && v.vlmax() * bits % 128 == 0;
    if (count <= 4 && (whole || kind == Kind::Load)) {
      access_structures(l, i, kind, bits, emul);
    } else {
      access_elements(l, i, kind, bits, l.b.i64(u64{count} * bits / 8));
    }
    return true;
  }
  const Value base = l.x(i.rs1());
  for (unsigned n = 0; n < v.parts(bits); ++n) access_part(l, kind, i.rd(), n, base, v.active(i, bits, n));
  return true;
}

// As far as the first element that cannot be loaded: vl is then what has been.
bool fault_only_first(Lifter& l, Insn i, unsigned bits) {
  if (!has_groups(l, i, emul_of(l, bits))) return false;
  VectorLifter& v = l.vector;
  const VectorMode type = v.mode().type();
  if (!v.mode().full() || fields(i) != 1 || !i.bit(25)) {
    by_elements(l, i);
    v.mode_is_set();
    l.b.branch_any_mode(l.next_pc);
    return true;
  }
  const Value base = l.x(i.rs1());
  const u64 all = v.vlmax();
  const unsigned shift = static_cast<unsigned>(std::countr_zero(bits / 8));
  Value count = l.b.shr(l.b.emit(Op::ReadableBytes, Type::I64, {base}, all << shift), shift);
  // An element that is not aligned may be half there: the first one then faults.
  if (shift) count = l.b.select(l.compare(Op::CmpEq, count, l.b.i64(0)), l.b.i64(1), count);
  const Value bytes = l.b.shl(count, shift);
  for (unsigned n = 0; n < v.parts(bits); ++n) load_part(l, i.rd(), n, base, v.below(bytes, n));
  const Value partial = l.compare(Op::CmpLtU, count, l.b.i64(all));
  const u8 full = type.with(VectorMode::kFull).bits();
  l.b.emit(Op::WriteControl, Type::None, {count}, kVl);
  l.b.emit(Op::WriteMode, Type::None, {l.b.select(partial, l.b.i32(type.bits()), l.b.i32(full))});
  v.mode_is_set();
  l.b.branch_mode(partial, l.next_pc, type.bits(), full);
  return true;
}

bool mask_access(Lifter& l, Insn i, Kind kind) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  if (v.mode().started()) return by_elements(l, i);
  const Value base = l.x(i.rs1());
  const auto known = v.known_vl();
  const Value bytes = known ? l.b.i64((*known + 7) / 8) : l.b.shr(l.b.add(v.vl(), l.b.i64(7)), 3);
  const unsigned parts = static_cast<unsigned>((v.vlmax() + 127) / 128);
  for (unsigned n = 0; n < parts; ++n) {
    const bool whole = known && (*known + 7) / 8 >= 16u * (n + 1);
    access_part(l, kind, i.rd(), n, base, whole ? Value{} : v.below(bytes, n));
  }
  return true;
}

// The configuration does not matter, but for vstart.
bool whole_registers(Lifter& l, Insn i, Kind kind) {
  const unsigned count = fields(i);
  if (!std::has_single_bit(count) || i.rd() % count != 0) return false;
  VectorLifter& v = l.vector;
  if (v.mode().started()) return by_elements(l, i);
  const Value base = l.x(i.rs1());
  for (unsigned n = 0; n < count * v.parts_of_register(); ++n) access_part(l, kind, i.rd(), n, base, Value{});
  return true;
}

// --- each from its own address -----------------------------------------------------------------------------

// Elements without a loop, of unmasked, single groups.
bool are_few(Lifter& l, Insn i) {
  const auto known = l.vector.known_vl();
  return known && *known <= kFewElements && *known > 0 && i.bit(25) && fields(i) == 1;
}
template <class Fn>
void access_few(Lifter& l, Insn i, Kind kind, unsigned bits, Fn address_of) {
  VectorLifter& v = l.vector;
  const unsigned lanes = 128 / bits;
  const Type type = bits == 64 ? Type::I64 : Type::I32;
  const auto count = static_cast<unsigned>(*v.known_vl());
  std::array<Value, kFewElements> loaded{};
  // All of them, before any register is written: the addresses may be in it.
  for (unsigned e = 0; e < count; ++e) {
    const Value at = address_of(e);
    if (kind == Kind::Load) {
      loaded[e] = l.b.load(type, bits, at);
      continue;
    }
    const Value value =
        l.b.emit(Op::VGetLane, type, {v.part(i.rd(), e / lanes)}, e % lanes, static_cast<u8>(bits), true);
    l.b.store(bits, at, value);
  }
  if (kind == Kind::Store) return;
  for (unsigned n = 0; n * lanes < count; ++n) {
    Value part = v.part(i.rd(), n);
    for (unsigned e = n * lanes; e < count && e < (n + 1) * lanes; ++e)
      part = l.b.emit(Op::VSetLane, Type::V128, {part, loaded[e]}, e % lanes, static_cast<u8>(bits), true);
    v.set_part(i.rd(), n, part);
  }
}

bool strided(Lifter& l, Insn i, Kind kind, unsigned bits) {
  if (!has_groups(l, i, emul_of(l, bits))) return false;
  const Value stride = l.x(i.rs2());
  if (l.vector.mode().started()) return by_elements(l, i, stride);
  if (!are_few(l, i)) {
    access_elements(l, i, kind, bits, stride);
    return true;
  }
  Value at = l.x(i.rs1());
  access_few(l, i, kind, bits, [&](unsigned e) { return e == 0 ? at : at = l.b.add(at, stride); });
  return true;
}

// `width`: of the indices; the data are of SEW.
bool indexed(Lifter& l, Insn i, Kind kind, unsigned width) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const int emul = emul_of(l, width);
  if (!has_groups(l, i, mode.lmul()) || !VectorLifter::is_group(i.rs2(), emul) ||
      !VectorLifter::may_read(i, i.rs2()))
    return false;
  if (kind == Kind::Store && width != mode.sew() &&
      !VectorLifter::are_apart(i.rd(), mode.lmul(), i.rs2(), emul))
    return false;
  if (kind == Kind::Load) {
    const bool single = fields(i) == 1;
    const unsigned all = VectorLifter::registers(mode.lmul()) * fields(i);
    const bool apart = i.rd() >= i.rs2() + VectorLifter::registers(emul) || i.rs2() >= i.rd() + all;
    if (!single && !apart) return false;
    if (width > mode.sew() && !VectorLifter::may_narrow(i.rd(), mode.lmul(), i.rs2(), emul)) return false;
    if (width < mode.sew() && !VectorLifter::may_widen(i.rd(), mode.lmul(), i.rs2(), emul)) return false;
  }
  if (mode.started()) return by_elements(l, i);
  if (!are_few(l, i)) {
    access_elements(l, i, kind, mode.sew(), l.b.i64(0), width);
    return true;
  }
  const Value base = l.x(i.rs1());
  const unsigned lanes = 128 / width;
  access_few(l, i, kind, mode.sew(), [&](unsigned e) {
    const Value index = l.b.emit(Op::VGetLane, Type::I64, {v.part(i.rs2(), e / lanes)}, e % lanes,
                                 static_cast<u8>(width), true);
    return l.b.add(base, index);
  });
  return true;
}

}  // namespace

#define WIDTH(bits)                              \
  bool lift_VLE##bits(Lifter& l, Insn i) {       \
    return unit_stride(l, i, Kind::Load, bits);  \
  }                                              \
  bool lift_VSE##bits(Lifter& l, Insn i) {       \
    return unit_stride(l, i, Kind::Store, bits); \
  }                                              \
  bool lift_VLE##bits##FF(Lifter& l, Insn i) {   \
    return fault_only_first(l, i, bits);         \
  }                                              \
  bool lift_VLRE##bits(Lifter& l, Insn i) {      \
    return whole_registers(l, i, Kind::Load);    \
  }                                              \
  bool lift_VLSE##bits(Lifter& l, Insn i) {      \
    return strided(l, i, Kind::Load, bits);      \
  }                                              \
  bool lift_VSSE##bits(Lifter& l, Insn i) {      \
    return strided(l, i, Kind::Store, bits);     \
  }                                              \
  bool lift_VLUXEI##bits(Lifter& l, Insn i) {    \
    return indexed(l, i, Kind::Load, bits);      \
  }                                              \
  bool lift_VLOXEI##bits(Lifter& l, Insn i) {    \
    return indexed(l, i, Kind::Load, bits);      \
  }                                              \
  bool lift_VSUXEI##bits(Lifter& l, Insn i) {    \
    return indexed(l, i, Kind::Store, bits);     \
  }                                              \
  bool lift_VSOXEI##bits(Lifter& l, Insn i) {    \
    return indexed(l, i, Kind::Store, bits);     \
  }
WIDTH(8)
WIDTH(16)
WIDTH(32)
WIDTH(64)
#undef WIDTH

bool lift_VSR(Lifter& l, Insn i) {
  return whole_registers(l, i, Kind::Store);
}
bool lift_VLM(Lifter& l, Insn i) {
  return mask_access(l, i, Kind::Load);
}
bool lift_VSM(Lifter& l, Insn i) {
  return mask_access(l, i, Kind::Store);
}

}  // namespace veneer::rv64
