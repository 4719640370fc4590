// Cryptographic operations by AES-NI and the SHA extensions.
#include "translate/tier1/emit.h"
#include "translate/tier1/emit_sha_rounds.h"

namespace veneer::tier1 {

namespace {

// AESENCLAST is ShiftRows and SubBytes, then the key: A64 adds its key first, which RISC-V does elsewhere. `in`
// is the round, `v` its value, or that of the mixing of columns, which AESENC does, too.
void aes_round(Emitter& e, const Inst& in, Value v, Dual op) {
  if (!e.host.aes) return e.fallback(v, in);
  const bool no_key = e.inst(in.args[1]).op == Op::Const && e.inst(in.args[1]).imm == 0;
  u64 key;
  if (no_key) e.const_any(in.args[1], key);
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm y = no_key ? Xmm() : e.use_vec(in.args[1]);
  Xmm state = x;
  if (!no_key) {
    state = e.temp_vec();
    op3(e, VENEER_DUAL(Pxor, pxor), state, x, y);
  }
  const Xmm zeros = e.temp_vec();
  zero(e, zeros);
  op3(e, op, e.def_vec(v), state, zeros);
}

}  // namespace

void emit_AesE(Emitter& e, const Inst& in, Value v) {
  aes_round(e, in, v, VENEER_DUAL(Aesenclast, aesenclast));
}
void emit_AesD(Emitter& e, const Inst& in, Value v) {
  aes_round(e, in, v, VENEER_DUAL(Aesdeclast, aesdeclast));
}
// A full encryption round less its last step but MixColumns: AESDECLAST undoes ShiftRows and SubBytes
// beforehand.
void emit_AesMc(Emitter& e, const Inst& in, Value v) {
  if (!e.host.aes) return e.fallback(v, in);
  if (e.is_folded(in.args[0])) return aes_round(e, e.inst(in.args[0]), v, VENEER_DUAL(Aesenc, aesenc));
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  zero(e, t);
  op3(e, VENEER_DUAL(Aesdeclast, aesdeclast), d, x, t);
  op3(e, VENEER_DUAL(Aesenc, aesenc), d, d, t);
}
void emit_AesImc(Emitter& e, const Inst& in, Value v) {
  if (!e.host.aes) return e.fallback(v, in);
  if (e.is_folded(in.args[0])) return aes_round(e, e.inst(in.args[0]), v, VENEER_DUAL(Aesdec, aesdec));
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm d = e.def_vec_early(v);
  op2(e, VENEER_DUAL(Aesimc, aesimc), d, x);
}

// --- SHA-256. A64 has the state as ABCD and EFGH, A in element 0; the host's instruction as CDGH and ABEF, F
// in element 0, does two rounds, and takes two words of W + K.

namespace {

void pshufd(Emitter& e, Xmm d, Xmm x, int control) {
  op2(e, VENEER_DUAL(Pshufd, pshufd), d, x, control);
}

void sha256(Emitter& e, const Inst& in, Value v, bool second) {
  if (!e.host.sha) return emit_sha256_rounds(e, in, v, second);
  const Xmm xmm0 = e.take_vec(0);  // where SHA256RNDS2 reads W + K
  const Xmm first = e.use_vec(in.args[0]), other = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  const Xmm abcd = second ? other : first, efgh = second ? first : other;
  const Xmm cdgh = e.temp_vec(), abef = e.def_vec_early(v);
  // Reversed, the elements are D C B A and H G F E: the halves make H G D C and F E B A.
  pshufd(e, abef, abcd, 0x1b);
  pshufd(e, xmm0, efgh, 0x1b);
  op3(e, VENEER_DUAL(Punpcklqdq, punpcklqdq), cdgh, xmm0, abef);
  op3(e, VENEER_DUAL(Punpckhqdq, punpckhqdq), xmm0, xmm0, abef);
  e.move_vec(abef, xmm0);
  e.move_vec(xmm0, w);
  e.a.sha256rnds2(cdgh, abef, xmm0);  // two rounds; what was ABEF is CDGH now
  pshufd(e, xmm0, w, 0xee);
  e.a.sha256rnds2(abef, cdgh, xmm0);
  op3(e, second ? VENEER_DUAL(Punpcklqdq, punpcklqdq) : VENEER_DUAL(Punpckhqdq, punpckhqdq), abef, abef, cdgh);
  pshufd(e, abef, abef, 0xb1);
}

}  // namespace

void emit_Sha256H(Emitter& e, const Inst& in, Value v) {
  sha256(e, in, v, false);
}
void emit_Sha256H2(Emitter& e, const Inst& in, Value v) {
  sha256(e, in, v, true);
}
void emit_Sha256Rounds(Emitter& e, const Inst& in, Value v) {
  if (!e.host.sha) return emit_sha256_two_rounds(e, in, v);
  const Xmm xmm0 = e.take_vec(0);
  const Xmm cdgh = e.use_vec(in.args[0]), abef = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  const Xmm d = e.def_vec_early(v);
  e.move_vec(xmm0, w);
  e.move_vec(d, cdgh);
  e.a.sha256rnds2(d, abef, xmm0);
}
void emit_Sha256Su0(Emitter& e, const Inst& in, Value v) {
  if (!e.host.sha) return emit_sha256_schedule0(e, in, v);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm d = e.def_vec_early(v);
  e.move_vec(d, x);
  e.a.sha256msg1(d, y);
}
// SHA256MSG2 adds sigma1 of the words before; W[t-7], which A64 adds as well, comes first.
void emit_Sha256Su1(Emitter& e, const Inst& in, Value v) {
  if (!e.host.sha) return emit_sha256_schedule1(e, in, v);
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]), z = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Palignr, palignr), t, z, y, 4);
  op3(e, VENEER_DUAL(Paddd, paddd), d, x, t);
  e.a.sha256msg2(d, z);
}

// --- SHA-1. The host's rounds add the constant K, which A64's callers have added already.

namespace {

void sha1(Emitter& e, const Inst& in, Value v, Sha1Function function, u32 k) {
  if (!e.host.sha) return emit_sha1_rounds(e, in, v, function);
  const Xmm abcd = e.use_vec(in.args[0]), hash_e = e.use_vec(in.args[1]), w = e.use_vec(in.args[2]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const Gp g = e.temp_gp();
  e.a.mov(g.r32(), k);
  e.host.avx ? e.a.vmovd(d, g.r32()) : e.a.movd(d, g.r32());
  pshufd(e, d, d, 0);
  op3(e, VENEER_DUAL(Psubd, psubd), t, w, d);
  pshufd(e, t, t, 0x1b);
  op_imm(e, VENEER_DUAL(Pslldq, pslldq), d, hash_e, 12);
  op3(e, VENEER_DUAL(Paddd, paddd), t, t, d);
  pshufd(e, d, abcd, 0x1b);
  e.a.sha1rnds4(d, t, static_cast<int>(function));
  pshufd(e, d, d, 0x1b);
}

// Each word rotated left; t is overwritten, and may not be x.
void rotate_words(Emitter& e, Xmm d, Xmm x, Xmm t, int n) {
  op_imm(e, VENEER_DUAL(Psrld, psrld), t, x, 32 - n);
  op_imm(e, VENEER_DUAL(Pslld, pslld), d, x, n);
  op3(e, VENEER_DUAL(Por, por), d, d, t);
}

}  // namespace

void emit_Sha1C(Emitter& e, const Inst& in, Value v) {
  sha1(e, in, v, Sha1Function::Choose, 0x5a827999);
}
void emit_Sha1P(Emitter& e, const Inst& in, Value v) {
  sha1(e, in, v, Sha1Function::Parity, 0x6ed9eba1);
}
void emit_Sha1M(Emitter& e, const Inst& in, Value v) {
  sha1(e, in, v, Sha1Function::Majority, 0x8f1bbcdc);
}
void emit_Sha1H(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  rotate_words(e, d, x, t, 30);
  e.zero_above(d, d, Type::F32);
}
void emit_Sha1Su0(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]), z = e.use_vec(in.args[2]);
  const Xmm d = e.def_vec_early(v);
  op3(e, VENEER_DUAL(Palignr, palignr), d, y, x, 8);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, x);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, z);
}
void emit_Sha1Su1(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]), y = e.use_vec(in.args[1]);
  const Xmm t = e.temp_vec(), u = e.temp_vec(), d = e.def_vec_early(v);
  op_imm(e, VENEER_DUAL(Psrldq, psrldq), u, y, 4);
  op3(e, VENEER_DUAL(Pxor, pxor), u, u, x);
  rotate_words(e, d, u, t, 1);
  // The last word takes in the first one's new value, rotated once more.
  op_imm(e, VENEER_DUAL(Pslldq, pslldq), u, d, 12);
  op_imm(e, VENEER_DUAL(Psrld, psrld), t, u, 31);
  op_imm(e, VENEER_DUAL(Pslld, pslld), u, u, 1);
  op3(e, VENEER_DUAL(Por, por), u, u, t);
  op3(e, VENEER_DUAL(Pxor, pxor), d, d, u);
}

}  // namespace veneer::tier1
