// SHA-1 and SHA-256 for hosts without instructions for them, and what SHA-512 shares with them.
#pragma once

#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

// d = x ror p ^ x ror q ^ x >> s in each element; t is lost.
void sha_small_sigma(Emitter& e, unsigned esize, Xmm d, Xmm x, Xmm t, int p, int q, int s);

enum class Sha1Function : u8 { Choose, Parity, Majority };

// SHA256H, or (second) SHA256H2; SHA256SU0 and SHA256SU1; SHA1C, SHA1P and SHA1M.
void emit_sha256_rounds(Emitter& e, const Inst& in, Value v, bool second);
void emit_sha256_two_rounds(Emitter& e, const Inst& in, Value v);  // Op::Sha256Rounds
void emit_sha256_schedule0(Emitter& e, const Inst& in, Value v);
void emit_sha256_schedule1(Emitter& e, const Inst& in, Value v);
void emit_sha1_rounds(Emitter& e, const Inst& in, Value v, Sha1Function f);

}  // namespace veneer::tier1
