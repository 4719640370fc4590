// Vector cryptography by the examples of its standards: FIPS 197, FIPS 180-4, NIST's specification of GCM, GB/T
// 32905 and GB/T 32907; and what is reserved.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "isa/riscv64/registers.h"
#include "isa/riscv64/vector_case.h"

namespace veneer::rv64 {
namespace {

constexpr unsigned kA1 = 11;
enum Lmul : u32 { kM1 = 0, kM2 = 1, kM4 = 2, kM8 = 3, kMf2 = 7 };

u32 vsetvli(unsigned rd, unsigned rs1, unsigned sew, u32 lmul) {
  const u32 log2 = static_cast<u32>(std::countr_zero(sew)) - 3;
  return (log2 << 3 | lmul) << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57;
}
u32 vsetivli(unsigned avl, unsigned sew, u32 lmul) {
  return vsetvli(0, avl, sew, lmul) | 3u << 30;
}
// Of OP-VE.
u32 group(u32 funct6, unsigned vd, unsigned vs2, unsigned vs1) {
  return funct6 << 26 | 1 << 25 | vs2 << 20 | vs1 << 15 | 2 << 12 | vd << 7 | 0x77;
}
u32 aes(unsigned field, unsigned vd, unsigned vs2, bool scalar = true) {
  return group(scalar ? 0x29 : 0x28, vd, vs2, field);
}
constexpr unsigned kDecrypt = 0, kDecryptLast = 1, kEncrypt = 2, kEncryptLast = 3, kZero = 7;
u32 vaeskf1(unsigned vd, unsigned vs2, unsigned round) {
  return group(0x22, vd, vs2, round);
}
u32 vaeskf2(unsigned vd, unsigned vs2, unsigned round) {
  return group(0x2a, vd, vs2, round);
}
u32 vghsh(unsigned vd, unsigned vs2, unsigned vs1) {
  return group(0x2c, vd, vs2, vs1);
}
u32 vsha2ms(unsigned vd, unsigned vs2, unsigned vs1) {
  return group(0x2d, vd, vs2, vs1);
}
u32 vsha2cl(unsigned vd, unsigned vs2, unsigned vs1) {
  return group(0x2f, vd, vs2, vs1);
}
u32 vsha2ch(unsigned vd, unsigned vs2, unsigned vs1) {
  return group(0x2e, vd, vs2, vs1);
}
u32 vsm4k(unsigned vd, unsigned vs2, unsigned rounds) {
  return group(0x21, vd, vs2, rounds);
}
u32 vsm4r(unsigned vd, unsigned vs2) {
  return group(0x29, vd, vs2, 16);
}
u32 vsm3me(unsigned vd, unsigned vs2, unsigned vs1) {
  return group(0x20, vd, vs2, vs1);
}
u32 vsm3c(unsigned vd, unsigned vs2, unsigned rounds) {
  return group(0x2b, vd, vs2, rounds);
}

std::vector<u8> bytes_of(std::string_view hex) {
  std::vector<u8> out;
  for (usize i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<u8>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

// The first bits of the fractional parts of cube roots of primes (FIPS 180-4, 4.2.2 and 4.2.3): by bisection,
// so that no table has to be believed.
std::vector<u64> sha512_constants() {
  std::vector<u64> out;
  for (unsigned p = 2; out.size() < 80; ++p) {
    bool prime = true;
    for (unsigned d = 2; d * d <= p; ++d) prime &= p % d != 0;
    if (!prime) continue;
    // The cube root in units of 2^-64, whose cube is compared by its words of 32 bits.
    u128 root = 0;
    for (int bit = 67; bit >= 0; --bit) {
      const u128 next = root | u128{1} << bit;
      std::array<u64, 8> cube{};
      cube[0] = 1;
      for (unsigned n = 0; n < 3; ++n) {
        std::array<u64, 8> product{};
        for (unsigned i = 0; i < 8; ++i)
          for (unsigned k = 0; k < 3 && i + k < 8; ++k) {
            u64 carry = cube[i] * static_cast<u32>(next >> 32 * k);
            for (unsigned at = i + k; carry && at < 8; ++at) {
              carry += product[at];
              product[at] = carry & 0xffffffff;
              carry >>= 32;
            }
          }
        cube = product;
      }
      const u64 whole = cube[6] | cube[7] << 32;
      if (whole < p) root = next;
    }
    out.push_back(static_cast<u64>(root));
  }
  return out;
}

class VectorCryptography : public testing::TestWithParam<VectorCase> {
 protected:
  u8* v(unsigned n) { return reinterpret_cast<u8*>(state.wide) + usize{n} * GetParam().vlen / 8; }
  void set(unsigned n, const std::vector<u8>& from) { std::memcpy(v(n), from.data(), from.size()); }
  template <typename T, usize kCount>
  void set(unsigned n, const std::array<T, kCount>& from) {
    std::memcpy(v(n), from.data(), sizeof from);
  }
  std::vector<u8> get(unsigned n, usize size) { return {v(n), v(n) + size}; }
  template <typename T>
  T element(unsigned n, unsigned at) {
    T out;
    std::memcpy(&out, v(n) + at * sizeof(T), sizeof out);
    return out;
  }
  Exit run(const std::vector<u32>& words) {
    return run_program(Riscv64Isa(Features{.vlen = GetParam().vlen}), GetParam(), state, Program(words));
  }
  bool is_illegal(const std::vector<u32>& words) {
    return was_illegal(run(words), state, Program::kBase + 4 * (words.size() - 1));
  }
  CpuState state;
};

// --- FIPS 197, appendix C

TEST_P(VectorCryptography, Aes128) {
  const auto plain = bytes_of("00112233445566778899aabbccddeeff");
  const auto cipher = bytes_of("69c4e0d86a7b0430d8cdb78070b4c55a");
  set(10, bytes_of("000102030405060708090a0b0c0d0e0f"));
  set(8, plain);
  std::vector<u32> encrypt = {vsetivli(4, 32, kM1)};
  for (unsigned n = 1; n <= 10; ++n) encrypt.push_back(vaeskf1(10 + n, 9 + n, n));
  encrypt.push_back(aes(kZero, 8, 10));
  for (unsigned n = 1; n < 10; ++n) encrypt.push_back(aes(kEncrypt, 8, 10 + n));
  encrypt.push_back(aes(kEncryptLast, 8, 20));
  ASSERT_EQ(run(encrypt), Exit::Syscall);
  EXPECT_EQ(get(20, 16), bytes_of("13111d7fe3944a17f307a78b4d2b30c5"));
  EXPECT_EQ(get(8, 16), cipher);
  std::vector<u32> decrypt = {vsetivli(4, 32, kM1), aes(kZero, 8, 20)};
  for (unsigned n = 9; n > 0; --n) decrypt.push_back(aes(kDecrypt, 8, 10 + n, n % 2));
  decrypt.push_back(aes(kDecryptLast, 8, 10));
  ASSERT_EQ(run(decrypt), Exit::Syscall);
  EXPECT_EQ(get(8, 16), plain);
}

TEST_P(VectorCryptography, Aes256OfManyBlocks) {
  const auto plain = bytes_of("00112233445566778899aabbccddeeff");
  const unsigned bytes = GetParam().vlen / 8;
  set(16, bytes_of("000102030405060708090a0b0c0d0e0f"));
  set(17, bytes_of("101112131415161718191a1b1c1d1e1f"));
  for (unsigned at = 0; at < 8 * bytes; at += 16) std::memcpy(v(8) + at, plain.data(), 16);
  std::vector<u32> words = {vsetivli(4, 32, kM1)};
  const auto key = [](unsigned round) { return round == 0 ? 16 : round == 1 ? 17 : 16 + round; };
  for (unsigned n = 2; n <= 14; ++n) {
    words.push_back(0x02000057u | key(n - 2) << 15 | key(n) << 7 | 0x17u << 26);  // vmv.v.v
    words.push_back(vaeskf2(key(n), key(n - 1), n));
  }
  words.push_back(vsetvli(15, 0, 32, kM8));
  words.push_back(aes(kZero, 8, key(0)));
  for (unsigned n = 1; n < 14; ++n) words.push_back(aes(kEncrypt, 8, key(n)));
  words.push_back(aes(kEncryptLast, 8, key(14)));
  ASSERT_EQ(run(words), Exit::Syscall);
  const auto cipher = bytes_of("8ea2b7ca516745bfeafc49904b496089");
  for (unsigned at = 0; at < 8 * bytes; at += 16) EXPECT_EQ(std::memcmp(v(8) + at, cipher.data(), 16), 0) << at;
}

// A round that there is not is another one.
TEST_P(VectorCryptography, KeyRoundsOutOfRange) {
  set(4, bytes_of("2b7e151628aed2a6abf7158809cf4f3c"));
  run({vsetivli(4, 32, kM1), vaeskf1(5, 4, 0), vaeskf1(6, 4, 8), vaeskf1(7, 4, 16 + 1), vaeskf1(8, 4, 15),
       vaeskf1(9, 4, 7)});
  EXPECT_EQ(get(5, 16), get(6, 16));
  EXPECT_EQ(get(7, 16), bytes_of("a0fafe1788542cb123a339392a6c7605"));
  EXPECT_EQ(get(8, 16), get(9, 16));
}

// --- FIPS 180-4: the examples of "abc"

TEST_P(VectorCryptography, Sha256) {
  const std::vector<u64> k = sha512_constants();
  std::array<u32, 16> w{0x61626380};
  w[15] = 24;
  std::array<u32, 8> h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  set(8, std::array<u32, 4>{h[5], h[4], h[1], h[0]});
  set(9, std::array<u32, 4>{h[7], h[6], h[3], h[2]});
  for (unsigned round = 0; round < 64; round += 4) {
    std::array<u32, 4> sums{};
    for (unsigned n = 0; n < 4; ++n) sums[n] = w[n] + static_cast<u32>(k[round + n] >> 32);
    set(10, sums);
    set(11, std::array<u32, 4>{w[0], w[1], w[2], w[3]});
    set(12, std::array<u32, 4>{w[4], w[9], w[10], w[11]});
    set(13, std::array<u32, 4>{w[12], w[13], w[14], w[15]});
    ASSERT_EQ(run({vsetivli(4, 32, kM1), vsha2cl(9, 8, 10), vsha2ch(8, 9, 10), vsha2ms(11, 12, 13)}),
              Exit::Syscall);
    std::copy(w.begin() + 4, w.end(), w.begin());
    std::memcpy(&w[12], v(11), 16);
  }
  const std::array<u32, 8> out = {element<u32>(8, 3), element<u32>(8, 2), element<u32>(9, 3),
                                  element<u32>(9, 2), element<u32>(8, 1), element<u32>(8, 0),
                                  element<u32>(9, 1), element<u32>(9, 0)};
  for (unsigned n = 0; n < 8; ++n) h[n] += out[n];
  EXPECT_EQ(h, (std::array<u32, 8>{0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c,
                                   0xb410ff61, 0xf20015ad}));
}

TEST_P(VectorCryptography, Sha512) {
  const std::vector<u64> k = sha512_constants();
  std::array<u64, 16> w{0x6162638000000000};
  w[15] = 24;
  std::array<u64, 8> h = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                          0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
  set(8, std::array<u64, 4>{h[5], h[4], h[1], h[0]});
  set(10, std::array<u64, 4>{h[7], h[6], h[3], h[2]});
  for (unsigned round = 0; round < 80; round += 4) {
    std::array<u64, 4> sums{};
    for (unsigned n = 0; n < 4; ++n) sums[n] = w[n] + k[round + n];
    set(12, sums);
    set(14, std::array<u64, 4>{w[0], w[1], w[2], w[3]});
    set(16, std::array<u64, 4>{w[4], w[9], w[10], w[11]});
    set(18, std::array<u64, 4>{w[12], w[13], w[14], w[15]});
    ASSERT_EQ(run({vsetivli(4, 64, kM2), vsha2cl(10, 8, 12), vsha2ch(8, 10, 12), vsha2ms(14, 16, 18)}),
              Exit::Syscall);
    std::copy(w.begin() + 4, w.end(), w.begin());
    std::memcpy(&w[12], v(14), 32);
  }
  const std::array<u64, 8> out = {element<u64>(8, 3),  element<u64>(8, 2), element<u64>(10, 3),
                                  element<u64>(10, 2), element<u64>(8, 1), element<u64>(8, 0),
                                  element<u64>(10, 1), element<u64>(10, 0)};
  for (unsigned n = 0; n < 8; ++n) h[n] += out[n];
  EXPECT_EQ(
      h, (std::array<u64, 8>{0xddaf35a193617aba, 0xcc417349ae204131, 0x12e6fa4e89a97ea2, 0x0a9eeee64b55d39a,
                             0x2192992a274fc1a8, 0x36ba3c23a3feebbd, 0x454d4423643ce80e, 0x2a9ac94fa54ca49f}));
}

// --- GCM, test case 2: of the hash key, one block and the lengths

TEST_P(VectorCryptography, Ghash) {
  set(4, bytes_of("66e94bd4ef8a2c3b884cfa59ca342b2e"));
  set(5, bytes_of("0388dace60b6a392f328c2b971b2fe78"));
  set(6, bytes_of("00000000000000000000000000000080"));
  set(7, bytes_of("00000000000000000000000000000000"));
  set(8, bytes_of("0388dace60b6a392f328c2b971b2fe78"));
  ASSERT_EQ(run({vsetivli(4, 32, kM1), vghsh(7, 4, 5), group(0x28, 8, 4, 17)}), Exit::Syscall);
  EXPECT_EQ(get(7, 16), bytes_of("5e2ec746917062882c85b0685353deb7"));
  EXPECT_EQ(get(8, 16), get(7, 16));  // vgmul.vv
  ASSERT_EQ(run({vsetivli(4, 32, kM1), vghsh(7, 4, 6)}), Exit::Syscall);
  EXPECT_EQ(get(7, 16), bytes_of("f38cbb1ad69223dcc3457ae5b6b0f885"));
}

// --- GB/T 32907, appendix A.1

TEST_P(VectorCryptography, Sm4) {
  const std::array<u32, 4> text = {0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210};
  const std::array<u32, 4> fk = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
  std::array<u32, 4> key{};
  for (unsigned n = 0; n < 4; ++n) key[n] = text[n] ^ fk[n];
  set(16, key);
  set(8, text);
  std::vector<u32> words = {vsetivli(4, 32, kM1)};
  for (unsigned n = 0; n < 8; ++n) words.push_back(vsm4k(17 + n, 16 + n, n));
  for (unsigned n = 0; n < 8; ++n) words.push_back(vsm4r(8, 17 + n));
  ASSERT_EQ(run(words), Exit::Syscall);
  EXPECT_EQ(element<u32>(17, 0), 0xf12186f9u);
  const std::array<u32, 4> cipher = {0x681edf34, 0xd206965e, 0x86b3e94f, 0x536e4246};
  for (unsigned n = 0; n < 4; ++n) EXPECT_EQ(element<u32>(8, 3 - n), cipher[n]);
}

// --- GB/T 32905, appendix A.1: "abc"

TEST_P(VectorCryptography, Sm3) {
  constexpr std::array<u32, 8> kInitial = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                           0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
  std::array<u32, 8> h = kInitial, reversed{};
  for (unsigned n = 0; n < 8; ++n) reversed[n] = __builtin_bswap32(h[n]);
  std::vector<u32> w(16);  // as they are in memory
  w[0] = __builtin_bswap32(0x61626380);
  w[15] = __builtin_bswap32(24);
  while (w.size() < 72) {
    std::array<u32, 8> part{};
    std::copy(w.end() - 16, w.end() - 8, part.begin());
    set(12, part);
    std::copy(w.end() - 8, w.end(), part.begin());
    set(14, part);
    ASSERT_EQ(run({vsetivli(8, 32, kM2), vsm3me(16, 14, 12)}), Exit::Syscall);
    std::memcpy(part.data(), v(16), sizeof part);
    w.insert(w.end(), part.begin(), part.end());
  }
  set(8, reversed);
  for (unsigned rounds = 0; rounds < 32; ++rounds) {
    std::array<u32, 8> part{};
    std::copy_n(w.begin() + 2 * rounds, 8, part.begin());
    set(12, part);
    ASSERT_EQ(run({vsetivli(8, 32, kM2), vsm3c(8, 12, rounds)}), Exit::Syscall);
  }
  for (unsigned n = 0; n < 8; ++n) h[n] ^= __builtin_bswap32(element<u32>(8, n));
  EXPECT_EQ(h, (std::array<u32, 8>{0x66c7f0f4, 0x62eeedd9, 0xd1f2d46b, 0xdc10e4e2, 0x4167c487, 0x5cf2f7a2,
                                   0x297da02b, 0x8f4ba8e0}));
}

TEST_P(VectorCryptography, CarrylessProducts) {
  set(4, std::array<u64, 2>{~u64{0}, 0x8000000000000001});
  set(5, std::array<u64, 2>{~u64{0}, 0x4000000000000003});
  const u32 low = 0x0cu << 26 | 1 << 25 | 4 << 20 | 5 << 15 | 2 << 12 | 6 << 7 | 0x57;
  const u32 high = (low & ~(31u << 7)) | 7 << 7 | 1 << 26;
  ASSERT_EQ(run({vsetivli(2, 64, kM1), low, high}), Exit::Syscall);
  EXPECT_EQ(element<u64>(6, 0), 0x5555555555555555u);
  EXPECT_EQ(element<u64>(7, 0), 0x5555555555555555u);
  EXPECT_EQ(element<u64>(6, 1), 0xc000000000000003u);
  EXPECT_EQ(element<u64>(7, 1), 0x2000000000000001u);
}

TEST_P(VectorCryptography, ReservedEncodings) {
  const u32 m1 = vsetivli(4, 32, kM1), m2 = vsetivli(8, 32, kM2);
  EXPECT_FALSE(is_illegal({m1, aes(kEncrypt, 1, 2)}));
  EXPECT_TRUE(is_illegal({vsetivli(4, 64, kM1), aes(kEncrypt, 1, 2)}));  // not of words
  EXPECT_TRUE(is_illegal({vsetivli(3, 32, kM1), aes(kEncrypt, 1, 2)}));  // not of whole groups
  EXPECT_TRUE(is_illegal({m1, aes(kEncrypt, 1, 2) & ~(1u << 25)}));      // masked
  EXPECT_TRUE(is_illegal({m2, aes(kEncrypt, 2, 3)}));                    // the key is in the result
  EXPECT_FALSE(is_illegal({m2, aes(kEncrypt, 2, 5)}));
  EXPECT_FALSE(is_illegal({m2, aes(kEncrypt, 2, 2, false)}));
  EXPECT_TRUE(is_illegal({m2, aes(kEncrypt, 2, 5, false)}));
  EXPECT_TRUE(is_illegal({m1, vsha2ms(1, 1, 3)}));
  EXPECT_TRUE(is_illegal({m1, vsha2cl(1, 2, 1)}));
  EXPECT_TRUE(is_illegal({m2, vsm3c(2, 2, 0)}));
  EXPECT_FALSE(is_illegal({m2, vsm3me(2, 4, 2)}));
  EXPECT_TRUE(is_illegal({m2, vsm3me(2, 2, 4)}));
  EXPECT_TRUE(is_illegal({vsetivli(2, 32, kMf2), vghsh(1, 2, 3)}));
  EXPECT_EQ(is_illegal({vsetivli(8, 32, kM1), vsm3c(1, 2, 0)}), GetParam().vlen < 256);
  EXPECT_EQ(is_illegal({vsetivli(4, 64, kM1), vsha2ms(1, 2, 3)}), GetParam().vlen < 256);
}

// vl and vstart that are known only at run time.
TEST_P(VectorCryptography, OnlyWholeGroups) {
  const u32 dynamic = vsetvli(0, kA1, 32, kM4);
  for (const u32 word : {aes(kEncrypt, 8, 4), vsm4r(8, 4), vsm3c(8, 4, 0)}) {
    for (u64 vl = 0; vl < 16; ++vl) {
      state.x[kSlots[kA1]] = vl;
      const u64 elements = word == vsm3c(8, 4, 0) ? 8 : 4;
      EXPECT_EQ(is_illegal({dynamic, word}), vl % elements != 0) << vl;
    }
  }
  const auto write_vstart = [](u32 to) { return 8u << 20 | to << 15 | 5 << 12 | 0x73; };
  state.x[kSlots[kA1]] = 8;
  EXPECT_TRUE(is_illegal({dynamic, write_vstart(2), aes(kEncrypt, 8, 4)}));
  const std::vector<u8> before(16, 0x5a);
  set(8, before);
  std::memcpy(v(8) + 16, before.data(), 16);
  ASSERT_EQ(run({dynamic, write_vstart(4), aes(kEncrypt, 8, 4)}), Exit::Syscall);
  EXPECT_EQ(state.control[kVstart], 0u);
  EXPECT_EQ(get(8, 16), before);
  EXPECT_NE(std::memcmp(v(8) + 16, before.data(), 16), 0);
}

INSTANTIATE_TEST_SUITE_P(Tiers, VectorCryptography,
                         testing::Values(VectorCase{TranslatorOptions::Tier::Interp, "", 128},
                                         VectorCase{TranslatorOptions::Tier::Interp, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "", 256},
                                         VectorCase{TranslatorOptions::Tier::One, "avx512", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "sha", 128},
                                         VectorCase{TranslatorOptions::Tier::One, "all", 256}),
                         [](const auto& c) { return case_name(c.param); });

}  // namespace
}  // namespace veneer::rv64
