// What the guest's processor has. HWCAP, HWCAP2, the ID registers that Linux lets EL0 read, the Features line
// of /proc/cpuinfo, and which instructions there are, follow from one set of this table's features.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/errors.h"
#include "isa/cpu/choice.h"
#include "isa/cpu/feature_set.h"

namespace veneer::a64 {

// Where a feature shows: the name in /proc/cpuinfo (arch/arm64/kernel/cpuinfo.c), its bit of AT_HWCAP or
// AT_HWCAP2 (uapi/asm/hwcap.h), and a field of an ID register (Arm ARM D19.2). An unsigned field's value is the
// least that says so; of two features in the same field the greater counts.
enum class IdReg : u8 { Pfr0, Isar0, Isar1, None };
struct Feature {
  std::string_view name;
  std::string_view arm;    // the manual calls it FEAT_<arm>
  std::string_view needs;  // what it cannot be without (Arm ARM A2.2, A2.3), by `name`
  u8 hwcap_word;           // 1 or 2
  u8 hwcap_bit;
  IdReg reg;
  u8 lsb;
  u8 value;
};

inline constexpr Feature kFeatures[] = {
    {"fp", "FP", "asimd", 1, 0, IdReg::Pfr0, 16, 0},
    {"asimd", "AdvSIMD", "fp", 1, 1, IdReg::Pfr0, 20, 0},
    {"aes", "AES", "", 1, 3, IdReg::Isar0, 4, 1},
    {"pmull", "PMULL", "aes", 1, 4, IdReg::Isar0, 4, 2},
    {"sha1", "SHA1", "sha2", 1, 5, IdReg::Isar0, 8, 1},
    {"sha2", "SHA256", "sha1", 1, 6, IdReg::Isar0, 12, 1},
    {"crc32", "CRC32", "", 1, 7, IdReg::Isar0, 16, 1},
    {"atomics", "LSE", "", 1, 8, IdReg::Isar0, 20, 2},
    {"fphp", "FP16", "asimdhp", 1, 9, IdReg::Pfr0, 16, 1},
    {"asimdhp", "FP16", "fphp", 1, 10, IdReg::Pfr0, 20, 1},
    {"cpuid", "", "", 1, 11, IdReg::None, 0, 0},
    {"asimdrdm", "RDM", "", 1, 12, IdReg::Isar0, 28, 1},
    {"jscvt", "JSCVT", "", 1, 13, IdReg::Isar1, 12, 1},
    {"fcma", "FCMA", "", 1, 14, IdReg::Isar1, 16, 1},
    {"lrcpc", "LRCPC", "", 1, 15, IdReg::Isar1, 20, 1},
    {"dcpop", "DPB", "", 1, 16, IdReg::Isar1, 0, 1},
    {"sha3", "SHA3", "sha2", 1, 17, IdReg::Isar0, 32, 1},
    {"asimddp", "DotProd", "", 1, 20, IdReg::Isar0, 44, 1},
    {"sha512", "SHA512", "sha2", 1, 21, IdReg::Isar0, 12, 2},
    {"i8mm", "I8MM", "", 2, 13, IdReg::Isar1, 52, 1},
    {"bf16", "BF16", "", 2, 14, IdReg::Isar1, 44, 1},
};

// The first line with the manual's name; std::size(kFeatures) when there is none.
constexpr usize feature_number(std::string_view arm) {
  usize n = 0;
  while (n < std::size(kFeatures) && kFeatures[n].arm != arm) ++n;
  return n;
}

struct Features {
  isa::FeatureSet set = isa::FeatureSet::first(std::size(kFeatures));  // all

  constexpr bool has(usize number) const { return set.has(number); }
};

constexpr usize kHalfPrecision = feature_number("FP16"), kLongPolynomials = feature_number("PMULL");

u64 hwcap(const Features& features, unsigned word);
u64 id_register(const Features& features, IdReg reg);
// "fp asimd ..."
std::string cpuinfo_features(const Features& features);

// The texts of choose(): levels of the architecture, features by Linux' names or Arm's.
const isa::Catalogue& catalogue();
Result<Features> choose_features(std::string_view text);

// The rest of what identifies the processor.
constexpr u64 kMidr = 0x000f0510;  // implementer 0: reserved for software; architecture by ID registers
// CTR_EL0: lines, granules of write-back and of exclusives of 64 bytes, PIPT; IDC = DIC = 0.
constexpr u64 kCtr = 1u << 31 | 4u << 24 | 4u << 20 | 4u << 16 | 3u << 14 | 4u;
constexpr u64 kDczid = 4;  // DC ZVA writes 64 bytes
constexpr u64 kCounterFrequency = 1'000'000'000;
constexpr unsigned kCacheLine = 64;

}  // namespace veneer::a64
