// linux.seccomp as a filter for seccomp(2), made by libseccomp.
#pragma once

#include <linux/filter.h>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "zone/spec.h"

namespace veneer::zone {

struct SeccompFilter {
  std::vector<sock_filter> program;
  unsigned flags = 0;  // SECCOMP_FILTER_FLAG_*
  bool notifies = false;
};

// `cache`: a directory of ours in which programs are kept by what they were made from; empty: none.
Result<SeccompFilter> make_seccomp_filter(const Seccomp& seccomp, const std::string& cache);

// For the calling thread, from now on. The descriptor is the listener's, when the filter notifies.
Result<Fd> load_seccomp_filter(const SeccompFilter& filter);

std::vector<std::string> seccomp_actions();
std::vector<std::string> seccomp_operators();
std::vector<std::string> seccomp_architectures();
std::vector<std::string> seccomp_flags();

}  // namespace veneer::zone
