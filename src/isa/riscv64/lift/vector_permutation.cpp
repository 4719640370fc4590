// Permutations (Unprivileged ISA 31.16).
#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/vector.h"

namespace veneer::rv64 {

namespace {

// The destination is not a source.
bool is_apart(Lifter& l, Insn i, unsigned source, int emul) {
  return !VectorLifter::overlap(i.rd(), l.vector.mode().lmul(), source, emul);
}

unsigned lanes_of_part(Lifter& l) {
  return 128 / l.vector.mode().sew();
}
// That elements of SEW, or a group's parts, are multiplied by to be bytes: its logarithm.
unsigned byte_shift(Lifter& l) {
  return static_cast<unsigned>(l.vector.mode().log2_sew()) - 3;
}
Value splat_value(Lifter& l, unsigned bits, Value x) {
  return l.b.emit(Op::VDup, Type::V128, {x}, 0, static_cast<u8>(bits), true);
}
Value byte_numbers(Lifter& l) {
  return l.vector.lanes(0x0706050403020100, 0x0f0e0d0c0b0a0908);
}
// In each byte, the number of the first one of its element.
Value starts_of_elements(Lifter& l) {
  constexpr std::array<std::array<u64, 2>, 4> kStarts = {{{0x0706050403020100, 0x0f0e0d0c0b0a0908},
                                                          {0x0606040402020000, 0x0e0e0c0c0a0a0808},
                                                          {0x0404040400000000, 0x0c0c0c0c08080808},
                                                          {0, 0x0808080808080808}}};
  const auto& [low, high] = kStarts[byte_shift(l)];
  return l.vector.lanes(low, high);
}
// In each byte, its number in its element.
Value numbers_in_element(Lifter& l) {
  return l.vector.splat(
      64, std::array<u64, 4>{0, 0x0100010001000100, 0x0302010003020100, 0x0706050403020100}[byte_shift(l)]);
}
// Part n of vs2: zeros where, of a fraction of a register, it is past VLMAX.
Value source_part(Lifter& l, Insn i, unsigned n) {
  VectorLifter& v = l.vector;
  const u64 bytes = v.vlmax() * v.mode().sew() / 8;
  const Value part = v.part(i.rs2(), n);
  return bytes >= 16 ? part : l.b.v2(Op::VAnd, 8, true, part, v.below(l.b.i64(bytes), n));
}
// 16 bytes of vs2 from a byte number on that is known; zeros where there are none.
Value source_bytes(Lifter& l, Insn i, s64 first) {
  const auto parts = static_cast<s64>(l.vector.parts(l.vector.mode().sew()));
  const s64 n = first >> 4;
  const auto part = [&](s64 k) {
    return k < 0 || k >= parts ? l.vector.lanes(0, 0) : source_part(l, i, static_cast<unsigned>(k));
  };
  return first % 16 == 0 ? part(n)
                         : l.b.v2(Op::VExt, 8, true, part(n), part(n + 1), static_cast<u64>(first & 15));
}

// Up to so many parts are looked up in by their bytes' numbers, which leaves the registers where they are;
// there are quicker ways with more of them.
constexpr unsigned kFewParts = 2;

// Bytes of vs2 by their numbers: those that there are not are zero. `from` and `to`: the parts that may be
// meant.
Value look_up(Lifter& l, Insn i, Value bytes, unsigned from, unsigned to) {
  if (from > 0) bytes = l.b.v2(Op::VSub, 8, true, bytes, l.vector.splat(8, 16 * from));
  Value sum = l.b.v2(Op::VTbl, 8, true, source_part(l, i, from), bytes);
  if (from + 1 == to) return sum;
  const Value part = l.vector.splat(8, 16);
  for (unsigned n = from + 1; n < to; ++n) {
    bytes = l.b.v2(Op::VSub, 8, true, bytes, part);
    sum = l.b.v2(Op::VOr, 8, true, sum, l.b.v2(Op::VTbl, 8, true, source_part(l, i, n), bytes));
  }
  return sum;
}

// An element's number as that of its first byte; one that is not below VLMAX is that of the first past the
// parts.
Value first_byte(Lifter& l, Value element) {
  VectorLifter& v = l.vector;
  const u64 outside = u64{v.parts(v.mode().sew())} * lanes_of_part(l);
  if (l.b.is_const(element)) {
    const u64 known = l.b.def(element).imm;
    return l.b.i64((known < v.vlmax() ? known : outside) << byte_shift(l));
  }
  const Value is_inside = l.compare(Op::CmpLtU, element, l.b.i64(v.vlmax()));
  return l.b.shl(l.b.select(is_inside, element, l.b.i64(outside)), byte_shift(l));
}
// Of vs2, from a byte on.
Value load_source(Lifter& l, Insn i, unsigned part, Value distance) {
  return l.b.emit(Op::LoadWide, Type::V128, {distance}, u64{i.rs2()} * l.vector.register_bytes() + 16u * part);
}

// --- slides ------------------------------------------------------------------------------------------------

bool slide_up(Lifter& l, Insn i, Form form) {
  VectorLifter& v = l.vector;
  if (!is_legal(l, i, form) || !is_apart(l, i, i.rs2(), v.mode().lmul())) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew(), parts = v.parts(sew);
  const Value distance = first_byte(l, scalar(l, i, form));
  const bool is_known = l.b.is_const(distance);
  const u64 known = is_known ? l.b.def(distance).imm : 0;
  const Value numbers = is_known || parts > kFewParts
                            ? Value{}
                            : l.b.v2(Op::VSub, 8, true, byte_numbers(l), splat_value(l, 8, distance));
  const Value back = is_known || parts <= kFewParts ? Value{} : l.b.sub(l.b.i64(0), distance);
  for (unsigned n = 0; n < parts; ++n) {
    if (is_known && known >= 16u * (n + 1)) continue;
    // What is below the distance stays.
    Value moved = v.part(i.rd(), n);
    if (!is_known && parts <= kFewParts) {
      // From this part and those below it; what is in none of them stays.
      for (unsigned from = 0; from <= n; ++from) {
        const Value bytes =
            from == n ? numbers : l.b.v2(Op::VAdd, 8, true, numbers, v.splat(8, 16 * (n - from)));
        moved = l.b.v3(Op::VTbx, 8, true, moved, v.part(i.rs2(), from), bytes);
      }
    } else {
      const Value source = is_known ? source_bytes(l, i, static_cast<s64>(16u * n) - static_cast<s64>(known))
                                    : load_source(l, i, n, back);
      moved = is_known && known <= 16u * n ? source
                                           : l.b.v3(Op::VBsl, 8, true, v.below(distance, n), moved, source);
    }
    v.write(i, sew, n, moved);
  }
  return true;
}

bool slide_down(Lifter& l, Insn i, Form form) {
  VectorLifter& v = l.vector;
  if (!is_legal(l, i, form)) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew(), parts = v.parts(sew);
  const Value distance = first_byte(l, scalar(l, i, form));
  const bool is_known = l.b.is_const(distance);
  const Value numbers = is_known || parts > kFewParts
                            ? Value{}
                            : l.b.v2(Op::VAdd, 8, true, byte_numbers(l), splat_value(l, 8, distance));
  const Value left = is_known || parts <= kFewParts ? Value{} : l.b.sub(l.b.i64(16u * parts), distance);
  // Where vd is vs2, a part is written after those that it, and those below it, are made of have been read.
  for (unsigned n = 0; n < parts; ++n) {
    Value moved;
    if (is_known) {
      moved = source_bytes(l, i, static_cast<s64>(16u * n + l.b.def(distance).imm));
    } else if (parts <= kFewParts) {
      const Value from = n == 0 ? numbers : l.b.v2(Op::VAdd, 8, true, numbers, v.splat(8, 16u * n));
      moved = look_up(l, i, from, n, parts);
    } else {
      moved = l.b.v2(Op::VAnd, 8, true, load_source(l, i, n, distance), v.below(left, n));
    }
    v.write(i, sew, n, moved);
  }
  return true;
}

// --- gathers -----------------------------------------------------------------------------------------------

// One element for all.
bool gather_one(Lifter& l, Insn i, Form form) {
  VectorLifter& v = l.vector;
  if (!is_legal(l, i, form) || !is_apart(l, i, i.rs2(), v.mode().lmul())) return false;
  if (v.mode().started()) return execute(l, i, form);
  const unsigned sew = v.mode().sew(), parts = v.parts(sew), lanes = lanes_of_part(l);
  const Value element = scalar(l, i, form);
  Value all;
  if (l.b.is_const(element)) {
    const u64 known = l.b.def(element).imm;
    all = known < v.vlmax() ? l.b.v1(Op::VDupLane, sew, true,
                                     v.part(i.rs2(), static_cast<unsigned>(known / lanes)), known % lanes)
                            : v.lanes(0, 0);
  } else if (parts <= kFewParts) {
    const Value first = splat_value(l, 8, first_byte(l, element));
    all = look_up(l, i, l.b.v2(Op::VAdd, 8, true, first, numbers_in_element(l)), 0, parts);
  } else {
    const Value found = load_source(l, i, 0, first_byte(l, element));
    const Value lane = l.b.emit(Op::VGetLane, Type::I64, {found}, 0, static_cast<u8>(sew), true);
    const Value is_inside = l.compare(Op::CmpLtU, element, l.b.i64(v.vlmax()));
    all = splat_value(l, sew, l.b.select(is_inside, lane, l.b.i64(0)));
  }
  for (unsigned n = 0; n < parts; ++n) v.write(i, sew, n, all);
  return true;
}

// What makes bytes' numbers of elements'.
struct ByElement {
  explicit ByElement(Lifter& l) : starts(starts_of_elements(l)), numbers(numbers_in_element(l)) {}
  Value starts, numbers;
};

// To look bytes up takes twice as long with twice the parts, to load elements with twice the elements.
bool looks_up(Lifter& l) {
  const unsigned parts = l.vector.parts(l.vector.mode().sew());
  return parts <= kFewParts || 2 * parts <= lanes_of_part(l);
}

// Elements' numbers, each below VLMAX, and which of those that were asked for are; not valid: they need not be.
struct Numbers {
  Value elements, are_inside;
};
Numbers numbers_of(Lifter& l, unsigned bits, Value wanted) {
  const u64 vlmax = l.vector.vlmax();
  // All that there are; and bytes that are not below VLMAX are not found.
  if (bits == 8 && (vlmax == 256 || looks_up(l))) return {wanted, {}};
  const Value elements = l.b.v2(Op::VAnd, 8, true, wanted, l.vector.splat(bits, vlmax - 1));
  return {elements, l.b.v2(Op::VCmpEq, bits, true, elements, wanted)};
}

// Of vs2, by numbers of SEW.
Value gathered(Lifter& l, Insn i, const Numbers& numbers, const ByElement& bytes_of) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  Value all;
  if (looks_up(l)) {
    Value bytes = numbers.elements;
    if (sew > 8) {
      // The lowest byte of each number in all bytes of its element, and theirs added.
      const Value first = l.b.v1(Op::VShl, sew, true, bytes, byte_shift(l));
      bytes = l.b.v2(Op::VTbl, 8, true, first, bytes_of.starts);
      bytes = l.b.v2(Op::VAdd, 8, true, bytes, bytes_of.numbers);
    }
    all = look_up(l, i, bytes, 0, v.parts(sew));
  } else {
    all = l.b.emit(Op::LoadWideLanes, Type::V128, {numbers.elements}, u64{i.rs2()} * v.register_bytes(),
                   static_cast<u8>(sew), true);
  }
  return numbers.are_inside.valid() ? l.b.v2(Op::VAnd, 8, true, all, numbers.are_inside) : all;
}

// Numbers of 16 bits, of part n of the result, as such of SEW.
Numbers numbers_of_16(Lifter& l, Insn i, unsigned n) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew();
  if (sew == 8) {
    const Numbers low = numbers_of(l, 16, v.part(i.rs1(), 2 * n));
    if (2 * n + 1 >= v.parts(16))
      return {l.b.v1(Op::VXtn, 8, false, low.elements), l.b.v1(Op::VXtn, 8, false, low.are_inside)};
    const Numbers high = numbers_of(l, 16, v.part(i.rs1(), 2 * n + 1));
    return {l.b.v2(Op::VUzp1, 8, true, low.elements, high.elements),
            l.b.v2(Op::VUzp1, 8, true, low.are_inside, high.are_inside)};
  }
  const unsigned factor = sew / 16;
  Value wanted = v.part(i.rs1(), n / factor);
  for (unsigned bits = 16; bits < sew; bits *= 2)
    wanted = l.b.v1(Op::VUXtl, bits, true, wanted, n / (sew / bits / 2) & 1);
  return numbers_of(l, sew, wanted);
}

// --- compression -------------------------------------------------------------------------------------------

// The chosen elements of one part, one after the other, and then anything. Each has to be moved down by as many
// bytes as there are below it that are not chosen, by one bit of that number after the other: those that the
// bytes at their new places are looked up by move so. `chosen`: ones in each byte of those elements.
Value packed(Lifter& l, Value part, Value chosen) {
  const unsigned size = l.vector.mode().sew() / 8;
  const Value zeros = l.vector.lanes(0, 0), numbers = byte_numbers(l);
  const auto op = [&](Op which, Value a, Value c) { return l.b.v2(which, 8, true, a, c); };
  const auto up = [&](Value a, unsigned bytes) { return l.b.v2(Op::VExt, 8, true, zeros, a, 16 - bytes); };
  const auto down = [&](Value a, unsigned bytes) { return l.b.v2(Op::VExt, 8, true, a, zeros, bytes); };
  Value below = up(op(Op::VAnd, chosen, l.vector.splat(8, size)), size);
  for (unsigned bytes = size; bytes < 16; bytes *= 2) below = op(Op::VAdd, below, up(below, bytes));
  Value distance = op(Op::VAnd, chosen, op(Op::VSub, starts_of_elements(l), below));
  for (unsigned bytes = size; bytes < 16; bytes *= 2) {
    const Value step = l.vector.splat(8, bytes);
    const Value moves = op(Op::VCmpEq, op(Op::VAnd, distance, step), step);
    const Value moved = down(op(Op::VAnd, distance, moves), bytes);
    distance = op(Op::VOr, op(Op::VAndNot, distance, moves), moved);
  }
  return op(Op::VTbl, part, op(Op::VAdd, numbers, distance));
}

void compress(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const unsigned sew = v.mode().sew(), size = sew / 8;
  const auto chosen_word = [&](unsigned n) {
    const Value word = v.word(i.rs1(), n), body = v.body_bits(n);
    return body.valid() ? l.b.and_(word, body) : word;
  };
  if (v.parts(sew) == 1) {
    Value chosen = v.expanded(i.rs1(), sew, 0);
    if (const Value body = v.body(sew, 0); body.valid()) chosen = l.b.v2(Op::VAnd, 8, true, chosen, body);
    const Value result = packed(l, v.part(i.rs2(), 0), chosen);
    const Value end = l.b.shl(l.b.un(Op::Popcount, chosen_word(0)), byte_shift(l));
    v.set_part(i.rd(), 0, l.b.v3(Op::VBsl, 8, true, v.below(end, 0), result, v.part(i.rd(), 0)));
    return;
  }
  const unsigned from = i.rs2() * v.register_bytes(), to = i.rd() * v.register_bytes();
  Value count = l.b.i64(0);
  for (unsigned n = 0; n < v.mask_words(); ++n)
    count = l.b.pack_wide(sew, from + 64 * n * size, to, chosen_word(n), count);
}

}  // namespace

// --- by one element ----------------------------------------------------------------------------------------

bool slide_one_up(Lifter& l, Insn i, Value scalar) {
  VectorLifter& v = l.vector;
  if (v.mode().started()) {
    execute(l, i, scalar, l.b.i64(0));
    return true;
  }
  const unsigned sew = v.mode().sew();
  Value before = splat_value(l, sew, scalar);
  for (unsigned n = 0; n < v.parts(sew); ++n) {
    const Value part = v.part(i.rs2(), n);
    v.write(i, sew, n, l.b.v2(Op::VExt, 8, true, before, part, 16 - sew / 8));
    before = part;
  }
  return true;
}

bool slide_one_down(Lifter& l, Insn i, Value scalar) {
  VectorLifter& v = l.vector;
  if (v.mode().started()) {
    execute(l, i, scalar, l.b.i64(0));
    return true;
  }
  const unsigned sew = v.mode().sew(), parts = v.parts(sew), lanes = 128 / sew;
  const auto known = v.known_vl();
  const Value last = splat_value(l, sew, scalar);
  for (unsigned n = 0; n < parts; ++n) {
    const Value after = n + 1 < parts ? v.part(i.rs2(), n + 1) : last;
    Value moved = l.b.v2(Op::VExt, 8, true, v.part(i.rs2(), n), after, sew / 8);
    if (!known) {
      // In the body, and what is after it is not.
      const Value body = v.body(sew, n), body_after = n + 1 < parts ? v.body(sew, n + 1) : v.lanes(0, 0);
      const Value is_last =
          l.b.v2(Op::VAndNot, 8, true, body, l.b.v2(Op::VExt, 8, true, body, body_after, sew / 8));
      moved = l.b.v3(Op::VBsl, 8, true, is_last, last, moved);
    } else if (*known % (u64{lanes} * parts) != 0 && (*known - 1) / lanes == n) {
      const unsigned lane = static_cast<unsigned>((*known - 1) % lanes);
      moved = l.b.v2(Op::VMoveLane, sew, true, moved, last, lane | lane << 8);
    }
    v.write(i, sew, n, moved);
  }
  return true;
}

bool lift_VMV_X_S(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  if (v.mode().started()) {
    l.set_x(i.rd(), execute(l, i, l.b.i64(0), l.b.i64(0)));
    return true;
  }
  const unsigned sew = v.mode().sew();
  const Value lane = l.b.emit(Op::VGetLane, Type::I64, {v.part(i.rs2(), 0)}, 0, static_cast<u8>(sew), true);
  l.set_x(i.rd(), sew == 64 ? lane : l.b.un(Op::Sbfx, lane, u64{sew} << 8));
  return true;
}

bool lift_VMV_S_X(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  if (v.mode().ill()) return false;
  if (v.mode().started()) return execute(l, i, Form::X);
  const unsigned sew = v.mode().sew();
  if (!v.known_vl()) {
    write_first(l, i, sew, splat_scalar(l, i, Form::X, sew));
  } else if (*v.known_vl() != 0) {
    v.set_part(
        i.rd(), 0,
        l.b.emit(Op::VSetLane, Type::V128, {v.part(i.rd(), 0), l.x(i.rs1())}, 0, static_cast<u8>(sew), true));
  }
  return true;
}

bool lift_VRGATHER_VV(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  if (!is_legal(l, i, Form::V) || !is_apart(l, i, i.rs2(), mode.lmul()) ||
      !is_apart(l, i, i.rs1(), mode.lmul()))
    return false;
  if (mode.started()) return execute(l, i, Form::V);
  const ByElement bytes_of(l);
  for (unsigned n = 0; n < v.parts(mode.sew()); ++n)
    v.write(i, mode.sew(), n, gathered(l, i, numbers_of(l, mode.sew(), v.part(i.rs1(), n)), bytes_of));
  return true;
}
bool lift_VRGATHER_VX(Lifter& l, Insn i) {
  return gather_one(l, i, Form::X);
}
bool lift_VRGATHER_VI(Lifter& l, Insn i) {
  return gather_one(l, i, Form::U);
}
bool lift_VRGATHEREI16_VV(Lifter& l, Insn i) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const int indices = mode.lmul() + 4 - mode.log2_sew();
  if (!is_legal(l, i, Form::X) || !VectorLifter::is_group(i.rs1(), indices) ||
      !is_apart(l, i, i.rs2(), mode.lmul()) || !is_apart(l, i, i.rs1(), indices) ||
      !VectorLifter::may_read(i, i.rs1()) ||
      (mode.sew() != 16 && !VectorLifter::are_apart(i.rs1(), indices, i.rs2(), mode.lmul())))
    return false;
  if (mode.started()) return execute(l, i, Form::V);
  const ByElement bytes_of(l);
  for (unsigned n = 0; n < v.parts(mode.sew()); ++n)
    v.write(i, mode.sew(), n, gathered(l, i, numbers_of_16(l, i, n), bytes_of));
  return true;
}

bool lift_VSLIDEUP_VX(Lifter& l, Insn i) {
  return slide_up(l, i, Form::X);
}
bool lift_VSLIDEUP_VI(Lifter& l, Insn i) {
  return slide_up(l, i, Form::U);
}
bool lift_VSLIDEDOWN_VX(Lifter& l, Insn i) {
  return slide_down(l, i, Form::X);
}
bool lift_VSLIDEDOWN_VI(Lifter& l, Insn i) {
  return slide_down(l, i, Form::U);
}
bool lift_VSLIDE1UP_VX(Lifter& l, Insn i) {
  return is_legal(l, i, Form::X) && is_apart(l, i, i.rs2(), l.vector.mode().lmul()) &&
         slide_one_up(l, i, l.x(i.rs1()));
}
bool lift_VSLIDE1DOWN_VX(Lifter& l, Insn i) {
  return is_legal(l, i, Form::X) && slide_one_down(l, i, l.x(i.rs1()));
}

bool lift_VCOMPRESS_VM(Lifter& l, Insn i) {
  const VectorMode mode = l.vector.mode();
  if (!is_legal(l, i, Form::X) || mode.started() || !is_apart(l, i, i.rs2(), mode.lmul()) ||
      !is_apart(l, i, i.rs1(), 0) || !VectorLifter::are_apart(i.rs1(), 0, i.rs2(), mode.lmul()))
    return false;
  compress(l, i);
  return true;
}

#define MOVE(count)                                                                                           \
  bool lift_VMV##count##R_V(Lifter& l, Insn i) {                                                              \
    VectorLifter& v = l.vector;                                                                               \
    if (i.rd() % (count) != 0 || i.rs2() % (count) != 0 || v.mode().ill()) return false;                      \
    if (v.mode().started()) return execute(l, i, Form::V);                                                    \
    for (unsigned n = 0; n < (count) * v.parts_of_register(); ++n) v.set_part(i.rd(), n, v.part(i.rs2(), n)); \
    return true;                                                                                              \
  }
MOVE(1)
MOVE(2)
MOVE(4)
MOVE(8)
#undef MOVE

}  // namespace veneer::rv64
