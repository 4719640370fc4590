// CRC-32 of the polynomial 0x04C11DB7 (x86 has an instruction for the other one only): all bytes at once, by a
// table for each distance from the end.
#include <array>

#include "translate/tier1/emit.h"

namespace veneer::tier1 {

namespace {

constexpr u32 kPolynomial = 0xedb88320;  // bits reversed

// kTables[n][b]: what byte b becomes with n bytes of zero behind it.
constexpr auto kTables = [] {
  std::array<std::array<u32, 256>, 8> t{};
  for (u32 b = 0; b < 256; ++b) {
    u32 crc = b;
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    t[0][b] = crc;
  }
  for (unsigned n = 1; n < 8; ++n)
    for (u32 b = 0; b < 256; ++b) t[n][b] = t[n - 1][b] >> 8 ^ t[0][t[n - 1][b] & 0xff];
  return t;
}();

}  // namespace

void emit_Crc32(Emitter& e, const Inst& in, Value v) {
  const unsigned bytes = in.esize / 8;
  e.clobber_flags();
  const Gp crc = e.use_gp(in.args[0]), data = e.use_gp(in.args[1]);
  const Gp x = e.temp_gp(), index = e.temp_gp(), tables = e.temp_gp();
  const Gp d = e.def_gp_early(v);
  e.a.mov(x.r32(), crc.r32());
  if (bytes < 4) {
    e.a.mov(d.r32(), crc.r32());
    e.a.shr(d.r32(), bytes * 8);
  } else {
    e.a.xor_(d.r32(), d.r32());
  }
  bytes == 8 ? e.a.xor_(x, data) : e.a.xor_(x.r32(), data.r32());
  e.load_table_address(tables, &kTables);
  for (unsigned i = 0; i < bytes; ++i) {
    e.a.movzx(index.r32(), x.r8());
    if (i + 1 < bytes) e.a.shr(x, 8);
    const s32 table = static_cast<s32>((bytes - 1 - i) * sizeof(kTables[0]));
    e.a.xor_(d.r32(), x86::dword_ptr(tables, index, 2, table));
  }
  e.mark_clean(v);
}

}  // namespace veneer::tier1
