// Every instruction that there is, to make random ones from.
#pragma once

#include <initializer_list>
#include <iterator>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "isa/aarch64/code_bytes.h"
#include "translate/translator.h"

namespace veneer {

struct Line {
  std::string_view name, section;
  u32 mask, value;
  bool section_is_base() const { return section.starts_with("C6"); }
};

constexpr u32 bits_of(std::string_view pattern, bool values) {
  u32 r = 0;
  for (char c : pattern) r = r << 1 | (c == '1' || (!values && c == '0') ? 1u : 0u);
  return r;
}

inline const std::vector<Line>& lines() {
  static const std::vector<Line> all = {
#define VENEER_INSN(name, section, pattern) {#name, section, bits_of(#pattern, false), bits_of(#pattern, true)},
#include "isa/aarch64/encodings.inc"
#undef VENEER_INSN
  };
  return all;
}

inline bool has_prefix(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  for (std::string_view p : prefixes)
    if (name.starts_with(p)) return true;
  return false;
}

// Guest code at kBase.
class Source : public CodeSource {
 public:
  std::vector<u32> code;
  static constexpr GuestAddr kBase = 0x10000;
  std::span<const u8> fetch(GuestAddr pc) override {
    const std::span<const u8> bytes = code_bytes(code);
    return pc - kBase < bytes.size() ? bytes.subspan(pc - kBase) : std::span<const u8>{};
  }
};

class Random {
 public:
  explicit Random(u64 seed) : engine_(seed) {}
  u64 bits() { return engine_(); }
  u64 below(u64 n) { return engine_() % n; }
  u64 hostile() {
    static constexpr u64 kValues[] = {0,
                                      1,
                                      ~u64{0},
                                      u64{1} << 63,
                                      (u64{1} << 63) - 1,
                                      0x80000000,
                                      0x7fffffff,
                                      0xffffffff,
                                      0x8000000080000000,
                                      0x7ff0000000000000,
                                      0xfff8000000000001,
                                      0x7ff0000000000001,
                                      0x3ff0000000000000,
                                      0x7f8000007fc00000,
                                      0x7f80000100000001,
                                      0x3f800000bf800000,
                                      0x0010000000000000,
                                      0x0000000000000fff,
                                      0x00800000007fffff,
                                      0x7c003c0004000001};
    return below(3) ? bits() : kValues[below(std::size(kValues))];
  }

 private:
  std::mt19937_64 engine_;
};

// One of the line's instructions, the other fields at random.
inline u32 random_word(const Line& line, Random& random) {
  return (static_cast<u32>(random.bits()) & ~line.mask) | line.value;
}

}  // namespace veneer
