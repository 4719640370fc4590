// Floating point (Unprivileged ISA 31.13, 31.14): each element as the scalar operation of the IR does it.
#include <array>
#include <bit>
#include <optional>

#include "isa/riscv64/execute/executor.h"
#include "translate/interp/eval.h"

namespace veneer::rv64 {

namespace {

using ir::Op;
using ir::Round;
using ir::Type;

Type float_type(unsigned bits) {
  return bits == 16 ? Type::F16 : bits == 32 ? Type::F32 : Type::F64;
}
u64 sign_bit(unsigned bits) {
  return u64{1} << (bits - 1);
}
u64 one(unsigned bits) {
  return bits == 16 ? 0x3c00 : bits == 32 ? 0x3f800000 : 0x3ff0000000000000;
}
u8 named(Round r) {
  return r == Round::Current ? 0 : static_cast<u8>(static_cast<u8>(r) + 1);
}

// Scalar operations on numbers of one format.
class Float {
 public:
  Float(CpuState& state, unsigned bits) : s_(state), bits_(bits) {}

  u64 operator()(Op op, u64 a, u64 b = 0, u64 c = 0) const {
    return run(op, float_type(bits_), {a, b, c}, 0, 0, 0);
  }
  u64 negated(u64 a) const { return a ^ sign_bit(bits_); }
  // A signalling NaN counts as a quiet one, but is invalid.
  u64 pick(Op op, u64 a, u64 b) const {
    return (*this)(op, (*this)(Op::FMul, a, one(bits_)), (*this)(Op::FMul, b, one(bits_)));
  }
  u64 convert(unsigned to, u64 a, Round r = Round::Current) const {
    return run(Op::FCvt, float_type(to), {a}, 0, static_cast<u8>(bits_), to > bits_ ? u8{0} : named(r));
  }
  // Towards odd: to zero, and odd when that is not exact.
  u64 to_odd(unsigned to, u64 a) const {
    const u32 before = s_.fpsr;
    s_.fpsr = 0;
    u64 result = convert(to, a, Round::Zero);
    if (s_.fpsr & fpsr::kIXC) result |= 1;
    s_.fpsr |= before;
    return result;
  }
  u64 from_integer(u64 a, bool is_unsigned) const {
    return run(Op::IntToF, float_type(bits_), {a}, u64{is_unsigned} << 8, 64, 0);
  }
  // To an integer of `to` bits; NaNs are the greatest.
  u64 to_integer(unsigned to, u64 a, bool is_unsigned, Round r) const {
    const u32 before = s_.fpsr;
    const u64 most = Execution::ones(is_unsigned ? to : to - 1), least = is_unsigned ? 0 : ~most;
    const bool is_nan = run(Op::FClass, float_type(bits_), {a}, 0, 0, 0) >> 8;
    s_.fpsr = 0;
    const u64 wide =
        run(Op::FToInt, Type::I64, {a}, u64{is_unsigned} << 8, static_cast<u8>(bits_), static_cast<u8>(r));
    const u32 raised = s_.fpsr;
    s_.fpsr = before;
    const bool above = is_unsigned ? wide > most : static_cast<s64>(wide) > static_cast<s64>(most);
    const bool below = !is_unsigned && static_cast<s64>(wide) < static_cast<s64>(least);
    if (is_nan || above || below) {
      s_.fpsr |= fpsr::kIOC;
      return below ? least : most;
    }
    s_.fpsr |= raised;
    return wide;
  }
  u64 classify(u64 a) const { return run(Op::FClass, float_type(bits_), {a}, 0, 0, 0); }

 private:
  u64 run(Op op, Type type, std::array<u64, 3> values, u64 imm, u8 esize, u8 aux) const {
    ir::Inst in{op, type, esize, false, aux, {}, imm};
    Vec args[3]{};
    for (unsigned k = 0; k < 3; ++k) args[k].d[0] = values[k];
    return interp::eval_fn(op)(s_, in, args).d[0];
  }
  CpuState& s_;
  unsigned bits_;
};

// The sum or difference of a product, by the last two bits of funct6 of vf*macc and vfw*macc.
u64 product_sum(const Float& f, u32 which, u64 a, u64 b, u64 addend) {
  if (which & 1) a = f.negated(a);                           // vfnmacc, vfnmsac: the product is negated
  if (which == 1 || which == 2) addend = f.negated(addend);  // vfnmacc, vfmsac: the addend
  return f(Op::FMulAdd, addend, a, b);
}

std::optional<u64> arithmetic(const Float& f, unsigned bits, u32 funct6, u64 a, u64 b, u64 d) {
  const u64 sign = sign_bit(bits);
  switch (funct6) {
    case 0x00: return f(Op::FAdd, a, b);
    case 0x02: return f(Op::FSub, a, b);
    case 0x04: return f.pick(Op::FMinNm, a, b);
    case 0x06: return f.pick(Op::FMaxNm, a, b);
    case 0x08: return (a & ~sign) | (b & sign);
    case 0x09: return (a & ~sign) | (~b & sign);
    case 0x0a: return a ^ (b & sign);
    case 0x20: return f(Op::FDiv, a, b);
    case 0x21: return f(Op::FDiv, b, a);
    case 0x24: return f(Op::FMul, a, b);
    case 0x27: return f(Op::FSub, b, a);
    case 0x28:
    case 0x29:
    case 0x2a:
    case 0x2b: return product_sum(f, funct6 & 3, d, b, a);
    case 0x2c:
    case 0x2d:
    case 0x2e:
    case 0x2f: return product_sum(f, funct6 & 3, a, b, d);
    default: return std::nullopt;
  }
}

std::optional<bool> compare(const Float& f, u32 funct6, u64 a, u64 b) {
  switch (funct6) {
    case 0x18: return f(Op::FCmpEq, a, b) != 0;
    case 0x19: return f(Op::FCmpGe, b, a) != 0;
    case 0x1b: return f(Op::FCmpGt, b, a) != 0;
    case 0x1c: return f(Op::FCmpEq, a, b) == 0;
    case 0x1d: return f(Op::FCmpGt, a, b) != 0;
    case 0x1f: return f(Op::FCmpGe, a, b) != 0;
    default: return std::nullopt;
  }
}

bool widening(Execution& e, u32 funct6) {
  const unsigned sew = e.sew;
  if (funct6 < 0x30 || funct6 == 0x31 || funct6 == 0x33) return false;
  const Float narrow(e.s, sew), wide(e.s, 2 * sew);
  e.each([&](u64 n) {
    const bool wide_operand = funct6 == 0x34 || funct6 == 0x36;
    const u64 a = wide_operand ? e.get(e.vs2(), 2 * sew, n) : narrow.convert(2 * sew, e.get(e.vs2(), sew, n));
    const u64 b = narrow.convert(2 * sew, e.operand(sew, n));
    u64 result = 0;
    switch (funct6) {
      case 0x30:
      case 0x34: result = wide(Op::FAdd, a, b); break;
      case 0x32:
      case 0x36: result = wide(Op::FSub, a, b); break;
      case 0x38: result = wide(Op::FMul, a, b); break;
      default: result = product_sum(wide, funct6 & 3, a, b, e.get(e.vd(), 2 * sew, n)); break;
    }
    e.set(e.vd(), 2 * sew, n, result);
  });
  return true;
}

// By the field rs1: what is converted, after 0, 8 and 16 for the same width, twice and half of it.
void convert(Execution& e) {
  const unsigned which = e.vs1() & 7, sew = e.sew;
  const unsigned from = e.vs1() & 16 ? 2 * sew : sew, to = e.vs1() & 8 ? 2 * sew : sew;
  const bool is_unsigned = !(which & 1);
  e.each([&](u64 n) {
    const u64 a = e.get(e.vs2(), from, n);
    u64 result = 0;
    switch (which) {
      case 0:
      case 1: result = Float(e.s, from).to_integer(to, a, is_unsigned, Round::Current); break;
      case 2:
      case 3:
        result = Float(e.s, to).from_integer(is_unsigned ? a : static_cast<u64>(Execution::extend(a, from)),
                                             is_unsigned);
        break;
      case 4: result = Float(e.s, from).convert(to, a); break;
      case 5: result = Float(e.s, from).to_odd(to, a); break;
      default: result = Float(e.s, from).to_integer(to, a, is_unsigned, Round::Zero); break;
    }
    e.set(e.vd(), to, n, result);
  });
}

// --- vfrec7 and vfrsqrt7 (31.13.9, 31.13.10): the tables there are the reciprocals of the middles of
// intervals. They are made beforehand, for the host's floating point is the guest's: it would raise Inexact ---

struct Format {
  unsigned fraction;
  s64 bias;
};
Format format_of(unsigned bits) {
  return bits == 16 ? Format{10, 15} : bits == 32 ? Format{23, 127} : Format{52, 1023};
}

constexpr u8 nearest(double x) {
  const u8 below = static_cast<u8>(x);
  return x - below < 0.5 ? below : below + 1;
}

u64 canonical_nan(unsigned bits) {
  return bits == 16 ? 0x7e00 : bits == 32 ? 0x7fc00000 : 0x7ff8000000000000;
}

// A number that is neither zero, infinite nor a NaN, with the fraction's first bit for the exponent.
struct Parts {
  s64 exponent;  // as encoded; of subnormal numbers 0 or less
  u64 fraction;
};
Parts parts_of(u64 a, const Format& f, unsigned bits) {
  const u64 exponent = a >> f.fraction & ((u64{1} << (bits - 1 - f.fraction)) - 1);
  const u64 fraction = a & ((u64{1} << f.fraction) - 1);
  if (exponent != 0) return {static_cast<s64>(exponent), fraction};
  const int shift = std::countl_zero(fraction) - (64 - static_cast<int>(f.fraction)) + 1;
  return {1 - shift, fraction << shift & ((u64{1} << f.fraction) - 1)};
}

// 1/sqrt(2^n * (1 + i/64)) for odd and even n, as seven bits of a fraction.
constexpr auto kRoots = [] {
  std::array<std::array<u8, 64>, 2> table{};
  for (unsigned even = 0; even < 2; ++even)
    for (unsigned index = 0; index < 64; ++index) {
      const double x = (even ? 1.0 : 2.0) * (1 + (index + 0.5) / 64);
      double root = 1;
      for (int k = 0; k < 40; ++k) root = (root + x / root) / 2;  // Newton's method
      table[even][index] = nearest((2 / root - 1) * 128);
    }
  return table;
}();
// 1/(1 + i/128).
constexpr auto kReciprocals = [] {
  std::array<u8, 128> table{};
  for (unsigned index = 0; index < 128; ++index)
    table[index] = nearest((2 / (1 + (index + 0.5) / 128) - 1) * 128);
  return table;
}();

u64 reciprocal_root(Execution& e, u64 a, unsigned bits) {
  const u64 kind = Float(e.s, bits).classify(a);
  const Format f = format_of(bits);
  const u64 sign = a & sign_bit(bits), infinity = canonical_nan(bits) & ~(u64{1} << (f.fraction - 1));
  if (kind & 0x107) e.s.fpsr |= fpsr::kIOC;  // a signalling NaN, or less than zero
  if (kind & 0x307) return canonical_nan(bits);
  if (kind & 0x18) {
    e.s.fpsr |= fpsr::kDZC;
    return sign | infinity;
  }
  if (kind & 0x80) return 0;
  const Parts p = parts_of(a, f, bits);
  const bool even = p.exponent & 1;  // the bias is odd
  const u64 entry = kRoots[even][p.fraction >> (f.fraction - 6)];
  const s64 exponent = (3 * f.bias - 1 - p.exponent) >> 1;
  return sign | static_cast<u64>(exponent) << f.fraction | entry << (f.fraction - 7);
}

u64 reciprocal(Execution& e, u64 a, unsigned bits) {
  const u64 kind = Float(e.s, bits).classify(a);
  const Format f = format_of(bits);
  const u64 sign = a & sign_bit(bits), infinity = canonical_nan(bits) & ~(u64{1} << (f.fraction - 1));
  if (kind & 0x100) e.s.fpsr |= fpsr::kIOC;
  if (kind & 0x300) return canonical_nan(bits);
  if (kind & 0x81) return sign;
  if (kind & 0x18) {
    e.s.fpsr |= fpsr::kDZC;
    return sign | infinity;
  }
  const Parts p = parts_of(a, f, bits);
  if (p.exponent < -1) {  // the reciprocal is too great
    e.s.fpsr |= fpsr::kOFC | fpsr::kIXC;
    const u32 mode = e.s.fpcr >> fpcr::kRModeShift & 3;  // nearest, up, down, to zero
    const bool finite = mode == 3 || (mode == 1 && sign) || (mode == 2 && !sign);
    return sign | (finite && !(e.s.fpcr & fpcr::kRoundAway) ? infinity - 1 : infinity);
  }
  const u64 entry = kReciprocals[p.fraction >> (f.fraction - 7)];
  s64 exponent = 2 * f.bias - 1 - p.exponent;
  u64 fraction = entry << (f.fraction - 7);
  if (exponent < 1) {  // subnormal
    fraction = (u64{1} << f.fraction | fraction) >> (1 - exponent);
    exponent = 0;
  }
  return sign | static_cast<u64>(exponent) << f.fraction | fraction;
}

bool unary(Execution& e) {
  const unsigned sew = e.sew;
  const Float f(e.s, sew);
  e.each([&](u64 n) {
    const u64 a = e.get(e.vs2(), sew, n);
    u64 result = 0;
    switch (e.vs1()) {
      case 0: result = f(Op::FSqrt, a); break;
      case 4: result = reciprocal_root(e, a, sew); break;
      case 5: result = reciprocal(e, a, sew); break;
      default: result = f.classify(a); break;
    }
    e.set(e.vd(), sew, n, result);
  });
  return true;
}

// In the order of the elements, those of unordered sums, too.
bool reduce(Execution& e, u32 funct6) {
  const unsigned sew = e.sew;
  const bool wide = funct6 == 0x31 || funct6 == 0x33;
  if (!wide && funct6 != 1 && funct6 != 3 && funct6 != 5 && funct6 != 7) return false;
  if (e.vl == 0) return true;
  const unsigned bits = wide ? 2 * sew : sew;
  const Float f(e.s, bits);
  u64 sum = e.get(e.vs1(), bits, 0);
  e.each([&](u64 n) {
    u64 a = e.get(e.vs2(), sew, n);
    if (wide) a = Float(e.s, sew).convert(bits, a);
    sum = funct6 == 5   ? f.pick(Op::FMinNm, sum, a)
          : funct6 == 7 ? f.pick(Op::FMaxNm, sum, a)
                        : f(Op::FAdd, sum, a);
  });
  e.set(e.vd(), bits, 0, sum);
  return true;
}

}  // namespace

bool execute_floating_point(Execution& e, u64& result) {
  const u32 funct6 = e.i.bits(31, 26), funct3 = e.i.rm();
  constexpr u32 kFVV = 1, kFVF = 5;
  if (funct3 != kFVV && funct3 != kFVF) return false;
  const unsigned sew = e.sew;
  const Float f(e.s, sew);
  if (funct3 == kFVV && reduce(e, funct6)) return true;
  if (widening(e, funct6)) return true;
  switch (funct6) {
    case 0x12: convert(e); return true;
    case 0x13: return unary(e);
    case 0x10:
      if (funct3 == kFVV) result = e.get(e.vs2(), sew, 0);
      if (funct3 == kFVF && e.vstart < e.vl) e.set(e.vd(), sew, 0, e.scalar);
      return true;
    case 0x17:
      for (u64 n = e.vstart; n < e.vl; ++n)
        e.set(e.vd(), sew, n, e.active(n) ? e.scalar : e.get(e.vs2(), sew, n));
      return true;
    case 0x0e:
    case 0x0f:
      e.each([&](u64 n) {
        const bool up = funct6 == 0x0e, end = up ? n == 0 : n + 1 == e.vl;
        e.set(e.vd(), sew, n, end ? e.scalar : e.get(e.vs2(), sew, up ? n - 1 : n + 1));
      });
      return true;
    default: break;
  }
  if (funct6 >= 0x18 && funct6 <= 0x1f) {
    e.each([&](u64 n) {
      e.set_bit(e.vd(), n, compare(f, funct6, e.get(e.vs2(), sew, n), e.operand(sew, n)).value_or(false));
    });
    return true;
  }
  e.each([&](u64 n) {
    const auto value =
        arithmetic(f, sew, funct6, e.get(e.vs2(), sew, n), e.operand(sew, n), e.get(e.vd(), sew, n));
    if (value) e.set(e.vd(), sew, n, *value);
  });
  return true;
}

}  // namespace veneer::rv64
