// Reading and writing memory at addresses that the guest gave us, which may be bad: a failed access answers
// false (EFAULT), never a fault of veneer's. Needs no system call; the SIGSEGV handler knows these copies
// (fault.h).
#pragma once

#include <string>
#include <type_traits>

#include "base/types.h"

namespace veneer {

// False when any byte of the range could not be accessed; the bytes before it may have been copied.
[[nodiscard]] bool copy_from_guest(void* to, GuestAddr from, usize size) noexcept;
[[nodiscard]] bool copy_to_guest(GuestAddr to, const void* from, usize size) noexcept;
[[nodiscard]] bool zero_guest(GuestAddr to, usize size) noexcept;

// One object. Objects of 1, 2, 4 and 8 bytes are accessed as such, not byte by byte.
template <typename T>
[[nodiscard]] bool read_guest(GuestAddr from, T& out) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return copy_from_guest(&out, from, sizeof(T));
}
template <typename T>
[[nodiscard]] bool write_guest(GuestAddr to, const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return copy_to_guest(to, &value, sizeof(T));
}

// The length of the NUL-terminated string at `addr`, at most `limit` (when no NUL is within `limit` bytes);
// -EFAULT when it cannot be read.
[[nodiscard]] s64 guest_string_length(GuestAddr addr, usize limit) noexcept;

// The string at `addr` into `out`: 0, -EFAULT, or `too_long` (as -ENAMETOOLONG, -E2BIG) when there is no NUL
// within `limit` bytes.
[[nodiscard]] s64 read_guest_string(GuestAddr addr, std::string& out, usize limit, s64 too_long);

// Atomic compare-and-exchange of the 32-bit word at `addr`; false on a fault. `expected` receives what was
// found.
[[nodiscard]] bool compare_exchange_guest(GuestAddr addr, u32& expected, u32 desired) noexcept;

}  // namespace veneer
