// LD3 and ST3: three registers' worth of memory and three registers, by byte shuffles from tables.
#include <array>

#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

struct alignas(16) Shuffle {  // a PSHUFB control
  std::array<u8, 16> byte;
};
using Three = std::array<Shuffle, 3>;  // of each argument; what they give is ORed

// Where byte `j` of result `which` comes from: the argument, and the byte in it.
struct Place {
  unsigned argument, byte;
};

constexpr Place deinterleaved(unsigned which, unsigned j, unsigned size, unsigned lanes) {
  const unsigned at = j / size * 3 + which;
  return {at / lanes, at % lanes * size + j % size};
}
constexpr Place interleaved(unsigned which, unsigned j, unsigned size, unsigned lanes) {
  const unsigned at = j / size + which * lanes;
  return {at % 3, at / 3 * size + j % size};
}

constexpr Three shuffles(bool interleave, unsigned size, bool q, unsigned which) {
  Three three{};
  for (Shuffle& s : three) s.byte.fill(0x80);
  const unsigned bytes = q ? 16 : 8;
  for (unsigned j = 0; j < bytes; ++j) {
    const Place p =
        interleave ? interleaved(which, j, size, bytes / size) : deinterleaved(which, j, size, bytes / size);
    three[p.argument].byte[j] = static_cast<u8>(p.byte);
  }
  return three;
}

// By interleaving, log2 of the element's bytes, q, and which result.
constexpr auto kTables = [] {
  std::array<std::array<std::array<std::array<Three, 3>, 2>, 4>, 2> t{};
  for (unsigned interleave = 0; interleave < 2; ++interleave)
    for (unsigned log = 0; log < 4; ++log)
      for (unsigned q = 0; q < 2; ++q)
        for (unsigned which = 0; which < 3; ++which)
          t[interleave][log][q][which] = shuffles(interleave != 0, 1u << log, q != 0, which);
  return t;
}();

void shuffle(Emitter& e, const Inst& in, Value v, bool interleave) {
  const unsigned log = in.esize == 8 ? 0 : in.esize == 16 ? 1 : in.esize == 32 ? 2 : 3;
  const Three& table = kTables[interleave][log][in.q][in.imm];
  const Xmm x[3] = {e.use_vec(in.args[0]), e.use_vec(in.args[1]), e.use_vec(in.args[2])};
  const Xmm t = e.temp_vec(), d = e.def_vec_early(v);
  const Gp at = e.temp_gp();
  e.load_table_address(at, &table);
  for (int i = 0; i < 3; ++i) {
    op3(e, VENEER_DUAL(Pshufb, pshufb), i ? t : d, x[i], x86::xmmword_ptr(at, i * 16));
    if (i) op3(e, VENEER_DUAL(Por, por), d, d, t);
  }
}

}  // namespace

void emit_VDeint3(Emitter& e, const Inst& in, Value v) {
  shuffle(e, in, v, false);
}
void emit_VInt3(Emitter& e, const Inst& in, Value v) {
  shuffle(e, in, v, true);
}

}  // namespace veneer::tier1
