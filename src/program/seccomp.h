// Seccomp filters of the guest (kernel/seccomp.c): classic BPF over struct seccomp_data, which shows the
// guest's numbers and architecture. veneer evaluates them itself, before each of the guest's calls; the host's
// kernel would show them its own.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <memory>
#include <span>
#include <vector>

#include "base/files.h"
#include "base/types.h"

namespace veneer {

// As the kernel checks it when a filter is installed.
bool is_valid_filter(std::span<const sock_filter> program);
// What a valid filter answers: an action and its data.
u32 run_filter(std::span<const sock_filter> program, const seccomp_data& data);

// A thread's filters, the newest first; shared with threads and processes that it makes. Never changed.
struct SeccompFilter {
  std::vector<sock_filter> program;
  std::shared_ptr<const SeccompFilter> older;
  usize instructions = 0;  // of all, and what the kernel adds for each
};

struct SeccompState {
  u32 mode = SECCOMP_MODE_DISABLED;
  std::shared_ptr<const SeccompFilter> filters;
  bool listened = false;  // one of them has a listener

  // 0, -EINVAL for a program that is not one, -ENOMEM when they become too many.
  s64 add(std::vector<sock_filter> program);
  // The action that goes before all others, of all filters.
  u32 evaluate(const seccomp_data& data) const;

  // For a program that the guest executes: a descriptor of a file that holds the filters; and what is read from
  // it.
  Fd save() const;
  static SeccompState load(int fd);
};

}  // namespace veneer
