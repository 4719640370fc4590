// Quotients of integers, which the host has no vector instruction for. In a format that is exact for the
// operands a quotient that is no integer is further from the next one than rounding moves it, in any direction:
// what is left of it without its fraction is the integers' quotient. Double words are divided one by one.
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

constexpr Dual kShuffle = VENEER_DUAL(Pshufd, pshufd);

// The exceptions that dividing in floating point raises are not the guest's.
Mem saved_mxcsr() {
  return state_mem(offsetof(CpuState, scratch), 4);
}
void save_exceptions(Emitter& e) {
  e.host.avx ? e.a.vstmxcsr(saved_mxcsr()) : e.a.stmxcsr(saved_mxcsr());
}
void restore_exceptions(Emitter& e) {
  e.host.avx ? e.a.vldmxcsr(saved_mxcsr()) : e.a.ldmxcsr(saved_mxcsr());
}

// d = four quotients, as words, of the elements of 8 or 16 bits from the word `at` of x and y on; t is lost. A
// divisor of zero gives 0x80000000.
void divide_as_singles(Emitter& e, unsigned esize, bool is_signed, Xmm d, Xmm x, Xmm y, Xmm t, unsigned at) {
  const Dual extend = esize == 8
                          ? (is_signed ? VENEER_DUAL(Pmovsxbd, pmovsxbd) : VENEER_DUAL(Pmovzxbd, pmovzxbd))
                          : (is_signed ? VENEER_DUAL(Pmovsxwd, pmovsxwd) : VENEER_DUAL(Pmovzxwd, pmovzxwd));
  const auto convert = [&](Xmm to, Xmm from) {
    if (at) op2(e, kShuffle, to, from, esize == 8 ? static_cast<int>(at * 0x55) : 0xee);
    op2(e, extend, to, at ? to : from);
    op2(e, VENEER_DUAL(Cvtdq2ps, cvtdq2ps), to, to);
  };
  convert(d, x);
  convert(t, y);
  op3(e, VENEER_DUAL(Divps, divps), d, d, t);
  op2(e, VENEER_DUAL(Cvttps2dq, cvttps2dq), d, d);
}

void divide_bytes(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), w = e.temp_vec(), d = e.def_vec_early(v);
  save_exceptions(e);
  // Half words of eight quotients; what is no byte has a low one of zero.
  const auto eight = [&](Xmm to, unsigned at) {
    divide_as_singles(e, 8, is_signed, to, x, y, t, at);
    divide_as_singles(e, 8, is_signed, u, x, y, t, at + 1);
    op3(e, VENEER_DUAL(Packssdw, packssdw), to, to, u);
    op3(e, VENEER_DUAL(Pand, pand), to, to, Emitter::constant(VecConst::Halves00ff));
  };
  eight(d, 0);
  if (in.q) eight(w, 2);
  op3(e, VENEER_DUAL(Packuswb, packuswb), d, d, in.q ? w : d);
  finish(e, in, d);
  restore_exceptions(e);
}

void divide_halves(Emitter& e, const Inst& in, Value v, bool is_signed) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Mem low = Emitter::constant(VecConst::Words0000ffff);
  save_exceptions(e);
  divide_as_singles(e, 16, is_signed, d, x, y, t, 0);
  op3(e, VENEER_DUAL(Pand, pand), d, d, low);
  if (in.q) {
    divide_as_singles(e, 16, is_signed, u, x, y, t, 2);
    op3(e, VENEER_DUAL(Pand, pand), u, u, low);
  }
  op3(e, VENEER_DUAL(Packusdw, packusdw), d, d, in.q ? u : d);
  finish(e, in, d);
  restore_exceptions(e);
}

void divide_signed_words(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const auto two = [&](Xmm to, Xmm dividends, Xmm divisors) {
    op2(e, VENEER_DUAL(Cvtdq2pd, cvtdq2pd), to, dividends);
    op2(e, VENEER_DUAL(Cvtdq2pd, cvtdq2pd), t, divisors);
    op3(e, VENEER_DUAL(Divpd, divpd), to, to, t);
    op2(e, VENEER_DUAL(Cvttpd2dq, cvttpd2dq), to, to);  // the least number, where it does not fit
  };
  save_exceptions(e);
  two(d, x, y);
  if (in.q) {
    op2(e, kShuffle, u, x, 0xee);
    op2(e, kShuffle, t, y, 0xee);
    two(u, u, t);
    op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), d, d, u);
  }
  zero(e, t);
  op3(e, VENEER_DUAL(Pcmpeqd, pcmpeqd), t, t, y);
  op3(e, VENEER_DUAL(Pandn, pandn), t, t, d);
  e.move_vec(d, t);
  finish(e, in, d);
  restore_exceptions(e);
}

// 2^52 more than an integer is the integer in the fraction's low bits.
void divide_unsigned_words(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  const Mem two_to_52 = Emitter::constant(VecConst::TwoTo52F64);
  const auto convert = [&](Xmm to, Xmm words) {
    op2(e, VENEER_DUAL(Pmovzxdq, pmovzxdq), to, words);
    op3(e, VENEER_DUAL(Por, por), to, to, two_to_52);
    op3(e, VENEER_DUAL(Subpd, subpd), to, to, two_to_52);
  };
  const auto two = [&](Xmm to, Xmm dividends, Xmm divisors) {
    convert(to, dividends);
    convert(t, divisors);
    op3(e, VENEER_DUAL(Divpd, divpd), to, to, t);
    op2(e, VENEER_DUAL(Roundpd, roundpd), to, to, 3);
    op3(e, VENEER_DUAL(Addpd, addpd), to, to, two_to_52);  // infinities and NaNs have a low word of zero
  };
  save_exceptions(e);
  two(d, x, y);
  if (in.q) {
    op2(e, kShuffle, u, x, 0xee);
    op2(e, kShuffle, t, y, 0xee);
    two(u, u, t);
  }
  op3(e, VENEER_DUAL(Shufps, shufps), d, d, in.q ? u : d, 0x88);
  finish(e, in, d);
  restore_exceptions(e);
}

// Processors on which a division of 64 bits takes several times as long as one of 32 are many, numbers that
// need it are few.
void divide_doubles(Emitter& e, const Inst& in, Value v, bool is_signed) {
  e.clobber_flags();
  const Gp rax = e.take_gp(kRax), rdx = e.take_gp(kRdx);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Gp divisor = e.temp_gp();
  const Xmm d = e.def_vec_early(v);
  const auto lane = [&](Gp to, Xmm from, int n) {
    if (n == 0) {
      e.host.avx ? e.a.vmovq(to, from) : e.a.movq(to, from);
    } else {
      e.host.avx ? e.a.vpextrq(to, from, n) : e.a.pextrq(to, from, n);
    }
  };
  for (int n = 0; n < (in.q ? 2 : 1); ++n) {
    const Label narrow = e.a.newLabel(), by_zero = e.a.newLabel(), minus_one = e.a.newLabel(),
                done = e.a.newLabel();
    lane(divisor, y, n);
    lane(rax, x, n);
    e.a.mov(rdx, rax);
    e.a.or_(rdx, divisor);
    e.a.shr(rdx, 32);
    e.a.jz(narrow);
    e.a.test(divisor, divisor);
    e.a.jz(by_zero);
    if (is_signed) {
      e.a.cmp(divisor, -1);  // MIN / -1 traps on x86
      e.a.je(minus_one);
      e.a.cqo();
      e.a.idiv(rdx, rax, divisor);
      e.a.jmp(done);
      e.a.bind(minus_one);
      e.a.neg(rax);
    } else {
      e.a.xor_(rdx.r32(), rdx.r32());
      e.a.div(rdx, rax, divisor);
    }
    e.a.jmp(done);
    e.a.bind(narrow);  // rdx is zero
    e.a.test(divisor.r32(), divisor.r32());
    e.a.jz(by_zero);
    e.a.div(rdx.r32(), rax.r32(), divisor.r32());
    e.a.jmp(done);
    e.a.bind(by_zero);
    e.a.xor_(rax.r32(), rax.r32());
    e.a.bind(done);
    if (n == 0) {
      e.host.avx ? e.a.vmovq(d, rax) : e.a.movq(d, rax);
    } else {
      e.host.avx ? e.a.vpinsrq(d, d, rax, 1) : e.a.pinsrq(d, rax, 1);
    }
  }
}

void divide(Emitter& e, const Inst& in, Value v, bool is_signed) {
  switch (in.esize) {
    case 8: return divide_bytes(e, in, v, is_signed);
    case 16: return divide_halves(e, in, v, is_signed);
    case 32: return is_signed ? divide_signed_words(e, in, v) : divide_unsigned_words(e, in, v);
    default: return divide_doubles(e, in, v, is_signed);
  }
}

}  // namespace

void emit_VDivS(Emitter& e, const Inst& in, Value v) {
  divide(e, in, v, true);
}
void emit_VDivU(Emitter& e, const Inst& in, Value v) {
  divide(e, in, v, false);
}

}  // namespace veneer::tier1
