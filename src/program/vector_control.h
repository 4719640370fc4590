// Whether a thread of riscv64 may use vectors (Documentation/arch/riscv/vector.rst): Thread::vector_control.
#pragma once

#include "base/types.h"

namespace veneer::vector_control {

constexpr u32 kDefault = 0, kOff = 1, kOn = 2;
constexpr u32 kInherit = 16, kAll = 31;

constexpr u32 current(u32 control) {
  return control & 3;
}
constexpr u32 next(u32 control) {
  return control >> 2 & 3;
}
// In a program that is executed.
constexpr u32 after_exec(u32 control) {
  const u32 first = next(control) == kDefault ? kOn : next(control);
  return first | (control & kInherit ? control & (3u << 2 | kInherit) : 0);
}

}  // namespace veneer::vector_control
