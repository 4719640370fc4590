// Zvbc, Zvkg, Zvkned, Zvknha, Zvknhb, Zvksed and Zvksh (Unprivileged ISA, chapter 34). But for carry-less
// products they work on groups of elements, of 128 or 256 bits, and have no mask.
#include <algorithm>
#include <array>
#include <bit>

#include "isa/riscv64/lift.h"
#include "isa/riscv64/lift/cryptography.h"
#include "isa/riscv64/lift/vector.h"
#include "isa/riscv64/sm4.h"

namespace veneer::rv64 {

namespace {

constexpr unsigned kElements = 4, kElementsOfSm3 = 8;  // of a group
constexpr unsigned kFewParts = 4;                      // of rounds that are long

// Of vectors, or of words.
Value xor_(Lifter& l, Value a, Value c) {
  return l.b.type_of(a) == Type::V128 ? l.b.v2(Op::VXor, 8, true, a, c) : l.b.xor_(a, c);
}
Value zeros(Lifter& l) {
  return l.b.vconst(0, true);
}
// 16 bytes, from byte `from` of one part on, and those of the other part after them.
Value joined(Lifter& l, Value low, Value high, unsigned from) {
  return l.b.v2(Op::VExt, 8, true, low, high, from);
}
Value swapped(Lifter& l, Value a) {
  return joined(l, a, a, 8);
}
Value rotated_left(Lifter& l, Value words, unsigned by) {
  return l.b.v2(Op::VOr, 8, true, l.b.v1(Op::VShl, 32, true, words, by),
                l.b.v1(Op::VShr, 32, true, words, 32 - by));
}
Value word_in_all(Lifter& l, Value a, unsigned n) {
  return l.b.v1(Op::VDupLane, 32, true, a, n);
}

// --- groups of elements ------------------------------------------------------------------------------------

// Are elements so wide, is LMUL enough for a group, and vl a multiple of groups, as far as it is known?
bool has_groups(Lifter& l, unsigned sew, unsigned elements) {
  VectorLifter& v = l.vector;
  if (v.mode().ill() || v.mode().sew() != sew || v.vlmax() < elements) return false;
  const auto vl = v.known_vl();
  return !vl || *vl % elements == 0;
}
bool are_groups(Lifter& l, std::initializer_list<unsigned> registers) {
  return std::ranges::all_of(registers,
                             [&](unsigned reg) { return VectorLifter::is_group(reg, l.vector.mode().lmul()); });
}
bool is_apart(Lifter& l, Insn i, unsigned from) {
  const int emul = l.vector.mode().lmul();
  return VectorLifter::are_apart(i.rd(), emul, from, emul);
}

// Parts that may be active.
unsigned active_parts(Lifter& l) {
  VectorLifter& v = l.vector;
  return static_cast<unsigned>(v.known_vl().value_or(v.vlmax()) * v.mode().sew() / 128);
}

// Calls f(n, write) for the first part n of each group; write(n, value) writes a part of the result.
template <class Fn>
bool each_group(Lifter& l, Insn i, unsigned elements, Fn f) {
  VectorLifter& v = l.vector;
  const VectorMode mode = v.mode();
  const unsigned sew = mode.sew(), step = elements * sew / 128, parts = active_parts(l);
  v.require_vl_multiple(elements);
  Value done;  // bytes of what is before vstart
  if (mode.started()) {
    const Value start = l.b.emit(Op::ReadControl, Type::I64, {}, kVstart);
    l.b.emit(Op::CheckMultiple, Type::None, {start}, elements);
    done = l.b.shl(start, static_cast<unsigned>(std::countr_zero(sew / 8)));
  }
  const auto write = [&](unsigned n, Value value) {
    if (done.valid()) value = l.b.v3(Op::VBsl, 8, true, v.below(done, n), v.part(i.rd(), n), value);
    v.write(i, sew, n, value);
  };
  for (unsigned n = 0; n < parts; n += step) f(n, write);
  if (mode.started()) {
    l.b.emit(Op::WriteControl, Type::None, {l.b.i64(0)}, kVstart);
    v.write_mode(mode.type(), std::nullopt);
  }
  return true;
}

// vs2 is a group or, as a scalar, the first part of a register.
enum class Key : u8 { Each, Scalar };

bool is_legal_with_key(Lifter& l, Insn i, Key key) {
  if (!has_groups(l, 32, kElements) || !are_groups(l, {i.rd()})) return false;
  return key == Key::Each ? are_groups(l, {i.rs2()})
                          : VectorLifter::are_apart(i.rd(), l.vector.mode().lmul(), i.rs2(), 0);
}
// vd = f(vd, vs2), of 128 bits.
template <class Fn>
bool each_with_key(Lifter& l, Insn i, Key key, Fn f) {
  if (!is_legal_with_key(l, i, key)) return false;
  return each_group(l, i, kElements, [&](unsigned n, auto write) {
    write(n, f(l.vector.part(i.rd(), n), l.vector.part(i.rs2(), key == Key::Each ? n : 0)));
  });
}
// vd = f(vd, vs2, vs1).
template <class Fn>
bool each_of_three(Lifter& l, Insn i, Fn f) {
  return each_group(l, i, kElements, [&](unsigned n, auto write) {
    write(n, f(l.vector.part(i.rd(), n), l.vector.part(i.rs2(), n), l.vector.part(i.rs1(), n)));
  });
}

// --- carry-less products -----------------------------------------------------------------------------------

Value product(Lifter& l, Value a, Value c, unsigned half) {
  return l.b.v2(Op::VPMull, 64, true, a, c, half);
}
Value product_low(Lifter& l, unsigned, Value a, Value c) {
  return l.b.v2(Op::VUzp1, 64, true, product(l, a, c, 0), product(l, a, c, 1));
}
Value product_high(Lifter& l, unsigned, Value a, Value c) {
  return l.b.v2(Op::VUzp2, 64, true, product(l, a, c, 0), product(l, a, c, 1));
}
bool multiply(Lifter& l, Insn i, Form form, Lanes f) {
  const VectorMode mode = l.vector.mode();
  return !mode.ill() && mode.sew() == 64 && each(l, i, form, f);
}

struct Pair {
  Value low, high;
};
Pair whole_product(Lifter& l, Value a, Value c) {
  const Value crossed = swapped(l, c);
  const Value middle = xor_(l, product(l, a, crossed, 0), product(l, a, crossed, 1));
  return {xor_(l, product(l, a, c, 0), joined(l, zeros(l), middle, 8)),
          xor_(l, product(l, a, c, 1), joined(l, middle, zeros(l), 8))};
}
// GHASH's: modulo x^128 + x^7 + x^2 + x + 1, of operands with the bits of each byte reversed.
Value field_product(Lifter& l, Value a, Value c) {
  const auto reversed = [&](Value x) { return l.b.v1(Op::VRbit, 8, true, x); };
  const Value modulus = l.b.vconst(0x87, true);
  Pair p = whole_product(l, reversed(a), reversed(c));
  const Value upper = product(l, p.high, modulus, 1);
  p.high = xor_(l, p.high, joined(l, upper, zeros(l), 8));
  p.low = xor_(l, p.low, joined(l, zeros(l), upper, 8));
  return reversed(xor_(l, p.low, product(l, p.high, modulus, 0)));
}

// --- AES: the rounds of the IR add their key first ---------------------------------------------------------

Value last_round(Lifter& l, Op round, Value state, Value key) {
  return xor_(l, l.b.v2(round, 8, true, state, zeros(l)), key);
}
bool encrypt(Lifter& l, Insn i, Key from) {
  return each_with_key(l, i, from, [&](Value state, Value key) {
    return xor_(l, l.b.v1(Op::AesMc, 8, true, l.b.v2(Op::AesE, 8, true, state, zeros(l))), key);
  });
}
bool encrypt_last(Lifter& l, Insn i, Key from) {
  return each_with_key(l, i, from, [&](Value state, Value key) { return last_round(l, Op::AesE, state, key); });
}
bool decrypt(Lifter& l, Insn i, Key from) {
  return each_with_key(l, i, from, [&](Value state, Value key) {
    return l.b.v1(Op::AesImc, 8, true, last_round(l, Op::AesD, state, key));
  });
}
bool decrypt_last(Lifter& l, Insn i, Key from) {
  return each_with_key(l, i, from, [&](Value state, Value key) { return last_round(l, Op::AesD, state, key); });
}

// SubWord of a key's last word, in every word: of columns that are the same ShiftRows makes the same.
Value substituted_word(Lifter& l, Value key) {
  return l.b.v2(Op::AesE, 8, true, word_in_all(l, key, 3), zeros(l));
}
// SubWord of RotWord, and Rcon.
Value key_word(Lifter& l, Value key, unsigned round) {
  constexpr std::array<u8, 10> kRoundConstants = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
  return xor_(l, rotated_left(l, substituted_word(l, key), 24), l.vector.splat(32, kRoundConstants[round - 1]));
}
// Each word with `word` and those before it.
Value next_key(Lifter& l, Value previous, Value word) {
  const Value pairs = xor_(l, previous, joined(l, zeros(l), previous, 12));
  return xor_(l, xor_(l, pairs, joined(l, zeros(l), pairs, 8)), word);
}
// The round's number; one that there is not has its highest bit the other way round.
unsigned round_of(Insn i, unsigned first, unsigned last) {
  const unsigned round = i.rs1() & 15;
  return round < first || round > last ? round ^ 8 : round;
}

// --- SHA-2, with words of 32 or, in groups of two parts, of 64 bits ----------------------------------------

bool is_wide(Lifter& l) {
  return l.vector.mode().sew() == 64;
}
bool is_legal_sha2(Lifter& l, Insn i) {
  if (l.vector.mode().ill() || (is_wide(l) && !l.has(Extension::zvknhb))) return false;
  return has_groups(l, is_wide(l) ? 64 : 32, kElements) && are_groups(l, {i.rd(), i.rs2(), i.rs1()}) &&
         is_apart(l, i, i.rs1()) && is_apart(l, i, i.rs2());
}

template <class Fn>
bool each_wide(Lifter& l, Insn i, Fn f) {
  const auto pair = [&](unsigned reg, unsigned n) {
    return Pair{l.vector.part(reg, n), l.vector.part(reg, n + 1)};
  };
  return each_group(l, i, kElements, [&](unsigned n, auto write) {
    const Pair out = f(pair(i.rd(), n), pair(i.rs2(), n), pair(i.rs1(), n));
    write(n, out.low);
    write(n + 1, out.high);
  });
}

// Two rounds of SHA-512 by those of the IR, which take A B, E F and so on apart in another way: h and g in the
// elements of the first operand's low part, d and c above them, f e b a in those of the second.
Pair sha512_rounds(Lifter& l, Pair cdgh, Pair abef, Value words) {
  const Value with_words = swapped(l, l.b.v2(Op::VAdd, 64, true, cdgh.low, words));
  const Value fg = swapped(l, joined(l, cdgh.low, abef.low, 8));
  const Value de = swapped(l, joined(l, abef.low, cdgh.high, 8));
  const Value sums = l.b.v3(Op::Sha512H, 8, true, with_words, fg, de);
  const Value ab = l.b.v3(Op::Sha512H2, 8, true, sums, swapped(l, cdgh.high), swapped(l, abef.high));
  return {l.b.v2(Op::VAdd, 64, true, cdgh.high, swapped(l, sums)), swapped(l, ab)};
}
bool compress(Lifter& l, Insn i, bool upper_words) {
  if (!is_legal_sha2(l, i)) return false;
  if (is_wide(l))
    return each_wide(l, i, [&](Pair cdgh, Pair abef, Pair words) {
      return sha512_rounds(l, cdgh, abef, upper_words ? words.high : words.low);
    });
  return each_of_three(l, i, [&](Value cdgh, Value abef, Value words) {
    return l.b.v3(Op::Sha256Rounds, 8, true, cdgh, abef, upper_words ? swapped(l, words) : words);
  });
}

// --- SM4 ---------------------------------------------------------------------------------------------------

// Four rounds: each makes a new word of the first one and of linear(S(the other three and its key)).
template <class KeyOf, class Linear>
Value sm4_rounds(Lifter& l, Value state, KeyOf key_of, Linear linear) {
  for (unsigned round = 0; round < 4; ++round) {
    const Value three = xor_(l, xor_(l, state, joined(l, state, state, 4)), swapped(l, state));
    const Value s = sm4_substituted(l, xor_(l, word_in_all(l, three, 1), key_of(round)));
    state = joined(l, state, xor_(l, state, linear(s)), 4);
  }
  return state;
}
// Of words that are all the same, to the right by `bytes`.
Value rotated_bytes(Lifter& l, Value words, unsigned bytes) {
  return joined(l, words, words, bytes);
}
// To the left by 0, 2, 10, 18 and 24.
Value sm4_data_sum(Lifter& l, Value s) {
  const Value three = xor_(l, xor_(l, s, rotated_bytes(l, s, 3)), rotated_bytes(l, s, 2));
  return xor_(l, xor_(l, s, rotated_bytes(l, s, 1)), rotated_left(l, three, 2));
}
Value sm4_key_sum(Lifter& l, Value s) {
  return xor_(l, xor_(l, s, rotated_left(l, s, 13)), rotated_left(l, s, 23));
}

bool sm4(Lifter& l, Insn i, Key from) {
  if (!is_legal_with_key(l, i, from)) return false;
  if (active_parts(l) > kFewParts) return execute(l, i, Form::V);
  return each_with_key(l, i, from, [&](Value state, Value keys) {
    return sm4_rounds(
        l, state, [&](unsigned round) { return word_in_all(l, keys, round); },
        [&](Value s) { return sm4_data_sum(l, s); });
  });
}

// --- SM3, in general registers, whose words have their bytes the other way round in vectors -----------------

bool is_legal_sm3(Lifter& l, Insn i) {
  return has_groups(l, 32, kElementsOfSm3) && are_groups(l, {i.rd(), i.rs2()}) && is_apart(l, i, i.rs2());
}
Value reversed_bytes(Lifter& l, Value words) {
  return l.b.v1(Op::VRev32, 8, true, words);
}
std::array<Value, 4> words_of(Lifter& l, Value part) {
  std::array<Value, 4> out;
  for (unsigned n = 0; n < 4; ++n) out[n] = l.b.emit(Op::VGetLane, Type::I32, {part}, n, 32, true);
  return out;
}
// In the lower half of a vector.
Value pair_of(Lifter& l, Value low, Value high) {
  return in_low_lane(l, l.b.or_(l.b.zext(low), l.b.shl(l.b.zext(high), 32)));
}
Value rotated(Lifter& l, Value word, unsigned left) {
  return l.b.bin(Op::Ror, word, l.b.i32(32 - left));
}
Value majority(Lifter& l, Value a, Value b, Value c) {
  return l.b.or_(l.b.and_(a, b), l.b.and_(l.b.or_(a, b), c));
}
// b where a has ones, c elsewhere.
Value choice(Lifter& l, Value a, Value b, Value c) {
  return l.b.xor_(l.b.and_(l.b.xor_(b, c), a), c);
}

}  // namespace

bool lift_VCLMUL_VV(Lifter& l, Insn i) {
  return multiply(l, i, Form::V, product_low);
}
bool lift_VCLMUL_VX(Lifter& l, Insn i) {
  return multiply(l, i, Form::X, product_low);
}
bool lift_VCLMULH_VV(Lifter& l, Insn i) {
  return multiply(l, i, Form::V, product_high);
}
bool lift_VCLMULH_VX(Lifter& l, Insn i) {
  return multiply(l, i, Form::X, product_high);
}

bool lift_VGHSH_VV(Lifter& l, Insn i) {
  if (!has_groups(l, 32, kElements) || !are_groups(l, {i.rd(), i.rs2(), i.rs1()})) return false;
  return each_of_three(l, i, [&](Value hash, Value subkey, Value block) {
    return field_product(l, xor_(l, hash, block), subkey);
  });
}
bool lift_VGMUL_VV(Lifter& l, Insn i) {
  return each_with_key(l, i, Key::Each, [&](Value a, Value c) { return field_product(l, a, c); });
}

#define EACH_KEY(name, round)                \
  bool lift_##name##_VV(Lifter& l, Insn i) { \
    return round(l, i, Key::Each);           \
  }                                          \
  bool lift_##name##_VS(Lifter& l, Insn i) { \
    return round(l, i, Key::Scalar);         \
  }
EACH_KEY(VAESEM, encrypt)
EACH_KEY(VAESEF, encrypt_last)
EACH_KEY(VAESDM, decrypt)
EACH_KEY(VAESDF, decrypt_last)
EACH_KEY(VSM4R, sm4)
#undef EACH_KEY

bool lift_VAESZ_VS(Lifter& l, Insn i) {
  return each_with_key(l, i, Key::Scalar, [&](Value state, Value key) { return xor_(l, state, key); });
}
bool lift_VAESKF1_VI(Lifter& l, Insn i) {
  return each_with_key(l, i, Key::Each, [&](Value, Value key) {
    return next_key(l, key, key_word(l, key, round_of(i, 1, 10)));
  });
}
// Every second round is without rotation.
bool lift_VAESKF2_VI(Lifter& l, Insn i) {
  const unsigned round = round_of(i, 2, 14);
  return each_with_key(l, i, Key::Each, [&](Value before, Value key) {
    return next_key(l, before, round % 2 == 0 ? key_word(l, key, round / 2) : substituted_word(l, key));
  });
}

bool lift_VSHA2MS_VV(Lifter& l, Insn i) {
  if (!is_legal_sha2(l, i)) return false;
  const auto schedule0 = [&](Value a, Value c) { return l.b.v2(Op::Sha512Su0, 8, true, a, c); };
  const auto schedule1 = [&](Value a, Value c, Value d) { return l.b.v3(Op::Sha512Su1, 8, true, a, c, d); };
  if (is_wide(l))
    return each_wide(l, i, [&](Pair oldest, Pair middle, Pair newest) {
      const Value low =
          schedule1(schedule0(oldest.low, oldest.high), newest.high, joined(l, middle.low, middle.high, 8));
      return Pair{low,
                  schedule1(schedule0(oldest.high, middle.low), low, joined(l, middle.high, newest.low, 8))};
    });
  return each_of_three(l, i, [&](Value oldest, Value middle, Value newest) {
    return l.b.v3(Op::Sha256Su1, 8, true, l.b.v2(Op::Sha256Su0, 8, true, oldest, middle), middle, newest);
  });
}
bool lift_VSHA2CH_VV(Lifter& l, Insn i) {
  return compress(l, i, true);
}
bool lift_VSHA2CL_VV(Lifter& l, Insn i) {
  return compress(l, i, false);
}

bool lift_VSM4K_VI(Lifter& l, Insn i) {
  if (!is_legal_with_key(l, i, Key::Each)) return false;
  if (active_parts(l) > kFewParts) return execute(l, i, Form::V);
  const unsigned first = 4 * (i.rs1() & 7);
  return each_with_key(l, i, Key::Each, [&](Value, Value keys) {
    return sm4_rounds(
        l, keys, [&](unsigned round) { return l.vector.splat(32, sm4_key_constant(first + round)); },
        [&](Value s) { return sm4_key_sum(l, s); });
  });
}

bool lift_VSM3ME_VV(Lifter& l, Insn i) {
  if (!is_legal_sm3(l, i) || !are_groups(l, {i.rs1()})) return false;
  const auto p1 = [&](Value x) { return xor_(l, xor_(l, x, rotated(l, x, 15)), rotated(l, x, 23)); };
  return each_group(l, i, kElementsOfSm3, [&](unsigned n, auto write) {
    std::array<Value, 24> w{};
    for (unsigned part = 0; part < 4; ++part) {
      const unsigned reg = part < 2 ? i.rs1() : i.rs2();
      std::ranges::copy(words_of(l, reversed_bytes(l, l.vector.part(reg, n + part % 2))), w.begin() + 4 * part);
    }
    for (usize j = 16; j < w.size(); ++j) {
      const Value first = p1(xor_(l, xor_(l, w[j - 16], w[j - 9]), rotated(l, w[j - 3], 15)));
      w[j] = xor_(l, xor_(l, first, rotated(l, w[j - 13], 7)), w[j - 6]);
    }
    for (unsigned part = 0; part < 2; ++part) {
      const Value *const out = &w[16 + 4 * part], low = pair_of(l, out[0], out[1]),
                         high = pair_of(l, out[2], out[3]);
      write(n + part, reversed_bytes(l, l.b.v2(Op::VZip1, 64, true, low, high)));
    }
  });
}

// Two rounds, whose number is twice the immediate.
bool lift_VSM3C_VI(Lifter& l, Insn i) {
  if (!is_legal_sm3(l, i)) return false;
  return each_group(l, i, kElementsOfSm3, [&](unsigned n, auto write) {
    const auto part = [&](unsigned reg, unsigned k) { return reversed_bytes(l, l.vector.part(reg, n + k)); };
    const Value abcd = part(i.rd(), 0), efgh = part(i.rd(), 1), words = part(i.rs2(), 0);
    const std::array<Value, 4> w = words_of(l, words), x = words_of(l, xor_(l, words, part(i.rs2(), 1)));
    auto [a, b, c, d] = words_of(l, abcd);
    auto [e, f, g, h] = words_of(l, efgh);
    for (unsigned k = 0; k < 2; ++k) {
      const unsigned round = 2 * i.rs1() + k;
      const bool early = round < 16;
      const u32 constant = std::rotl(early ? 0x79cc4519u : 0x7a879d8au, static_cast<int>(round % 32));
      const Value a12 = rotated(l, a, 12);
      const Value ss1 = rotated(l, l.b.add(l.b.add(a12, e), l.b.i32(constant)), 7);
      const Value ff = early ? xor_(l, xor_(l, a, b), c) : majority(l, a, b, c);
      const Value gg = early ? xor_(l, xor_(l, e, f), g) : choice(l, e, f, g);
      const Value to_a = l.b.add(l.b.add(ff, d), l.b.add(xor_(l, ss1, a12), x[k]));
      const Value to_e = l.b.add(l.b.add(gg, h), l.b.add(ss1, w[k]));
      d = c;
      c = rotated(l, b, 9);
      b = a;
      a = to_a;
      h = g;
      g = rotated(l, f, 19);
      f = e;
      e = xor_(l, xor_(l, to_e, rotated(l, to_e, 9)), rotated(l, to_e, 17));
    }
    // The upper halves are what was below, rotated.
    const auto with_rotated = [&](Value low, Value before, unsigned by) {
      return reversed_bytes(l, l.b.v2(Op::VZip1, 64, true, low, rotated_left(l, before, by)));
    };
    write(n, with_rotated(pair_of(l, a, b), abcd, 9));
    write(n + 1, with_rotated(pair_of(l, e, f), efgh, 19));
  });
}

}  // namespace veneer::rv64
