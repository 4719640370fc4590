// O_ flags: four of Arm's differ (arch/arm64/include/uapi/asm/fcntl.h against asm-generic/fcntl.h, which x86
// uses).
#pragma once

#include <fcntl.h>

#include "base/types.h"
#include "program/abi.h"

namespace veneer {

struct OpenFlag {
  u32 guest, host;
};
constexpr OpenFlag kOpenFlags[] = {
    {040000, 0200000},   // O_DIRECTORY
    {0100000, 0400000},  // O_NOFOLLOW
    {0200000, 040000},   // O_DIRECT
    {0400000, 0100000},  // O_LARGEFILE
};

constexpr u64 open_flags_to_host(const GuestAbi& abi, u64 guest) {
  if (!abi.arm_open_flags) return guest;
  u64 host = guest;
  for (const OpenFlag& f : kOpenFlags) host &= ~u64{f.guest};
  for (const OpenFlag& f : kOpenFlags)
    if (guest & f.guest) host |= f.host;
  return host;
}
constexpr u64 open_flags_to_guest(const GuestAbi& abi, u64 host) {
  if (!abi.arm_open_flags) return host;
  u64 guest = host;
  for (const OpenFlag& f : kOpenFlags) guest &= ~u64{f.host};
  for (const OpenFlag& f : kOpenFlags)
    if (host & f.host) guest |= f.guest;
  return guest;
}

}  // namespace veneer
