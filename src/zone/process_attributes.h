// What a process of a container gets before it is executed, each from its field of config.json's process.
#pragma once

#include "base/errors.h"
#include "zone/spec.h"

namespace veneer::zone {

Failure set_rlimits(const std::vector<Rlimit>& limits);  // setrlimit(2)
Failure set_oom_score(s64 adjustment);                   // /proc/self/oom_score_adj; before the root changes
Failure set_scheduler(const Scheduler& scheduler);       // sched_setattr(2)
Failure set_io_priority(const IoPriority& priority);     // ioprio_set(2)
Failure set_cpu_affinity(const std::string& cpus);       // "0-3,7"
Failure set_personality(const std::string& domain);      // personality(2)
// Supplementary groups, group, user; permitted capabilities stay. `user_namespace`: groups may be beyond reach.
Failure set_user(const User& user, bool user_namespace);
// AppArmor's profile and SELinux's label of the program to be executed. `proc`: a directory of a procfs.
Failure set_exec_labels(const Process& process, int proc);
bool apparmor_enabled();
bool selinux_enabled();

// "0-3,7" as a list; nothing when it is not one.
std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

}  // namespace veneer::zone
