// What the guest's processor has: one table, from which HWCAP, riscv_hwprobe(2) and the isa line of
// /proc/cpuinfo follow.
#pragma once

#include <array>
#include <string>

#include "base/types.h"

namespace veneer::rv64 {

// A letter is a bit of AT_HWCAP (uapi/asm/hwcap.h); an extension of several letters has a bit of
// RISCV_HWPROBE_KEY_IMA_EXT_0 (uapi/asm/hwprobe.h), or none: -1.
struct Feature {
  const char* name;
  s8 hwprobe_bit;
};

// In the order of the isa line (Unprivileged ISA, chapter 36).
constexpr std::array kFeatures = {
    Feature{"i", -1},        Feature{"m", -1},           Feature{"a", -1},
    Feature{"f", -1},        Feature{"d", -1},           Feature{"c", 1},
    Feature{"zicbom", 55},   Feature{"zicbop", 60},      Feature{"zicboz", 6},
    Feature{"zicntr", 50},   Feature{"zicond", 35},      Feature{"zicsr", -1},
    Feature{"zifencei", -1}, Feature{"zihintpause", 36}, Feature{"zaamo", 56},
    Feature{"zacas", 34},    Feature{"zalrsc", 57},      Feature{"zawrs", 48},
    Feature{"zfa", 32},      Feature{"zfh", 27},         Feature{"zfhmin", 28},
    Feature{"zca", 43},      Feature{"zcb", 44},         Feature{"zcd", 45},
    Feature{"zba", 3},       Feature{"zbb", 4},          Feature{"zbc", 7},
    Feature{"zbkb", 8},      Feature{"zbkc", 9},         Feature{"zbkx", 10},
    Feature{"zbs", 5},       Feature{"zknd", 11},        Feature{"zkne", 12},
    Feature{"zknh", 13},     Feature{"zksh", 15},
};

constexpr unsigned kCacheBlock = 64;  // bytes, of Zicbom and Zicboz

constexpr u64 hwcap() {
  u64 bits = 0;
  for (const Feature& f : kFeatures)
    if (f.name[1] == '\0') bits |= u64{1} << (f.name[0] - 'a');
  return bits;
}

constexpr u64 hwprobe_extensions() {
  u64 bits = 1;  // IMA_FD
  for (const Feature& f : kFeatures)
    if (f.hwprobe_bit >= 0) bits |= u64{1} << f.hwprobe_bit;
  return bits;
}

inline std::string isa_string() {
  std::string line = "rv64";
  for (const Feature& f : kFeatures) line += (f.name[1] == '\0' ? "" : "_") + std::string(f.name);
  return line;
}

}  // namespace veneer::rv64
