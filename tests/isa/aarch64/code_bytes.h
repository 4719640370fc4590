// A64 instruction words as what a CodeSource hands out.
#pragma once

#include <span>

#include "base/types.h"

namespace veneer {

inline std::span<const u8> code_bytes(std::span<const u32> words) {
  return {reinterpret_cast<const u8*>(words.data()), words.size_bytes()};  // NOLINT: any object has bytes
}

}  // namespace veneer
