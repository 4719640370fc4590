#include "program/guest_memory.h"

#include <cerrno>

#include "program/guarded_code.h"
#include "program/tagged_pointers.h"

namespace veneer {

namespace {

// Without the tag that pointers in structures may have, as system calls' arguments do.
GuestAddr plain(GuestAddr at) noexcept {
  const bool is_canonical = (at + (u64{1} << 47)) >> 48 == 0;
  if (is_canonical) return at;
  const Thread* thread = Thread::current();
  return thread ? without_tag(at, thread->tag_bits) : at;
}

}  // namespace

bool copy_from_guest(void* to, GuestAddr from, usize size) noexcept {
  return veneer_guarded_copy(to, reinterpret_cast<const void*>(plain(from)), size) == 0;
}

bool copy_to_guest(GuestAddr to, const void* from, usize size) noexcept {
  return veneer_guarded_copy(reinterpret_cast<void*>(plain(to)), from, size) == 0;
}

bool zero_guest(GuestAddr to, usize size) noexcept {
  return veneer_guarded_zero(reinterpret_cast<void*>(plain(to)), size) == 0;
}

s64 guest_string_length(GuestAddr addr, usize limit) noexcept {
  return veneer_guarded_strnlen(reinterpret_cast<const char*>(plain(addr)), limit);
}

s64 read_guest_string(GuestAddr addr, std::string& out, usize limit, s64 too_long) {
  s64 length = guest_string_length(addr, limit);
  if (length < 0) return length;
  if (static_cast<usize>(length) == limit) return too_long;
  out.resize(static_cast<usize>(length));
  return copy_from_guest(out.data(), addr, out.size()) ? 0 : -EFAULT;
}

bool compare_exchange_guest(GuestAddr addr, u32& expected, u32 desired) noexcept {
  return veneer_guarded_compare_exchange(reinterpret_cast<u32*>(plain(addr)), &expected, desired) == 0;
}

}  // namespace veneer
