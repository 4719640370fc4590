#include "zone/capabilities.h"

#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string>

namespace veneer::zone {

std::optional<unsigned> capability_number(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!lower.starts_with("cap_")) lower = "cap_" + lower;
  cap_value_t value = 0;
  if (::cap_from_name(lower.c_str(), &value) != 0) return std::nullopt;
  return static_cast<unsigned>(value);
}

std::string capability_name(unsigned number) {
  char* name = ::cap_to_name(static_cast<cap_value_t>(number));
  if (!name) return {};
  std::string out(name);
  ::cap_free(name);
  return out;
}

unsigned last_capability() {
  return static_cast<unsigned>(::cap_max_bits()) - 1;
}

Failure drop_bounding_set(u64 keep) {
  for (unsigned n = 0; n <= last_capability(); n++) {
    if (keep >> n & 1) continue;
    if (::prctl(PR_CAPBSET_DROP, n, 0, 0, 0) == 0) continue;
    // Without CAP_SETPCAP it matters only where the set has it.
    if (errno == EPERM && ::prctl(PR_CAPBSET_READ, n, 0, 0, 0) == 0) continue;
    return failed(errno, "drop %s from the bounding set", capability_name(n).c_str());
  }
  return std::nullopt;
}

Failure raise_ambient(u64 set) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && set != 0)
    return failed(errno, "clear the ambient capabilities");
  for (unsigned n = 0; n < 64; n++) {
    if ((set >> n & 1) && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0, 0) != 0)
      return failed(errno, "raise the ambient capability %s", capability_name(n).c_str());
  }
  return std::nullopt;
}

Failure set_capabilities(u64 effective, u64 permitted, u64 inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (unsigned i = 0; i < 2; i++) {
    data[i].effective = static_cast<u32>(effective >> (32 * i));
    data[i].permitted = static_cast<u32>(permitted >> (32 * i));
    data[i].inheritable = static_cast<u32>(inheritable >> (32 * i));
  }
  if (::syscall(SYS_capset, &header, data) != 0) return failed(errno, "set the capabilities");
  return std::nullopt;
}

u64 permitted_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return data[0].permitted | static_cast<u64>(data[1].permitted) << 32;
}

}  // namespace veneer::zone
