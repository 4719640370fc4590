// What the guest's processor has: one table, from which HWCAP, HWCAP2, the ID registers that Linux lets EL0
// read, and the Features line of /proc/cpuinfo all follow.
#pragma once

#include <array>
#include <string>

#include "base/types.h"

namespace veneer::a64 {

// Where a feature shows: the name in /proc/cpuinfo (arch/arm64/kernel/cpuinfo.c), its bit of AT_HWCAP or
// AT_HWCAP2 (uapi/asm/hwcap.h), and a field of an ID register (Arm ARM D19.2). An unsigned field's value is the
// least that says so; of two features in the same field the greater counts.
enum class IdReg : u8 { Pfr0, Isar0, Isar1, None };
struct Feature {
  const char* name;
  u8 hwcap_word;  // 1 or 2
  u8 hwcap_bit;
  IdReg reg;
  u8 lsb;
  u8 value;
};

constexpr std::array kFeatures = {
    Feature{"fp", 1, 0, IdReg::Pfr0, 16, 0},       Feature{"asimd", 1, 1, IdReg::Pfr0, 20, 0},
    Feature{"aes", 1, 3, IdReg::Isar0, 4, 1},      Feature{"pmull", 1, 4, IdReg::Isar0, 4, 2},
    Feature{"sha1", 1, 5, IdReg::Isar0, 8, 1},     Feature{"sha2", 1, 6, IdReg::Isar0, 12, 1},
    Feature{"crc32", 1, 7, IdReg::Isar0, 16, 1},   Feature{"atomics", 1, 8, IdReg::Isar0, 20, 2},
    Feature{"fphp", 1, 9, IdReg::Pfr0, 16, 1},     Feature{"asimdhp", 1, 10, IdReg::Pfr0, 20, 1},
    Feature{"cpuid", 1, 11, IdReg::None, 0, 0},    Feature{"asimdrdm", 1, 12, IdReg::Isar0, 28, 1},
    Feature{"jscvt", 1, 13, IdReg::Isar1, 12, 1},  Feature{"fcma", 1, 14, IdReg::Isar1, 16, 1},
    Feature{"lrcpc", 1, 15, IdReg::Isar1, 20, 1},  Feature{"dcpop", 1, 16, IdReg::Isar1, 0, 1},
    Feature{"sha3", 1, 17, IdReg::Isar0, 32, 1},   Feature{"asimddp", 1, 20, IdReg::Isar0, 44, 1},
    Feature{"sha512", 1, 21, IdReg::Isar0, 12, 2}, Feature{"i8mm", 2, 13, IdReg::Isar1, 52, 1},
    Feature{"bf16", 2, 14, IdReg::Isar1, 44, 1},
};

constexpr u64 hwcap(unsigned word) {
  u64 bits = 0;
  for (const Feature& f : kFeatures)
    if (f.hwcap_word == word) bits |= u64{1} << f.hwcap_bit;
  return bits;
}

constexpr u64 id_register(IdReg reg) {
  u64 bits = 0;
  for (const Feature& f : kFeatures) {
    if (f.reg != reg) continue;
    const u64 old = bits >> f.lsb & 0xf;
    if (f.value > old) bits = (bits & ~(u64{0xf} << f.lsb)) | u64{f.value} << f.lsb;
  }
  return bits;
}

inline std::string cpuinfo_features() {
  std::string line;
  for (const Feature& f : kFeatures) line += (line.empty() ? "" : " ") + std::string(f.name);
  return line;
}

// The rest of what identifies the processor.
constexpr u64 kMidr = 0x000f0510;  // implementer 0: reserved for software; architecture by ID registers
// CTR_EL0: lines, granules of write-back and of exclusives of 64 bytes, PIPT; IDC = DIC = 0.
constexpr u64 kCtr = 1u << 31 | 4u << 24 | 4u << 20 | 4u << 16 | 3u << 14 | 4u;
constexpr u64 kDczid = 4;  // DC ZVA writes 64 bytes
constexpr u64 kCounterFrequency = 1'000'000'000;
constexpr unsigned kCacheLine = 64;

}  // namespace veneer::a64
