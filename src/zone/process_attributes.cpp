#include "zone/process_attributes.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/files.h"
#include "image/rooted_path.h"

namespace veneer::zone {
namespace {

template <typename T>
struct Named {
  std::string_view name;
  T value;
};

template <typename T, usize N>
const T* lookup(const Named<T> (&table)[N], std::string_view name) {
  const auto* at =
      std::find_if(std::begin(table), std::end(table), [&](const Named<T>& n) { return n.name == name; });
  return at == std::end(table) ? nullptr : &at->value;
}

constexpr Named<int> kLimits[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

constexpr Named<u32> kPolicies[] = {{"SCHED_OTHER", 0},   {"SCHED_FIFO", 1}, {"SCHED_RR", 2},
                                    {"SCHED_BATCH", 3},   {"SCHED_ISO", 4},  {"SCHED_IDLE", 5},
                                    {"SCHED_DEADLINE", 6}};

constexpr Named<u64> kSchedulerFlags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", 0x01}, {"SCHED_FLAG_RECLAIM", 0x02},     {"SCHED_FLAG_DL_OVERRUN", 0x04},
    {"SCHED_FLAG_KEEP_POLICY", 0x08},   {"SCHED_FLAG_KEEP_PARAMS", 0x10}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40}};

// linux/ioprio.h, which C++ cannot read.
constexpr int kIoRealtime = 1, kIoBestEffort = 2, kIoIdle = 3;
constexpr int kIoPriorityOfProcess = 1, kIoClassShift = 13;

constexpr Named<int> kIoClasses[] = {
    {"IOPRIO_CLASS_RT", kIoRealtime}, {"IOPRIO_CLASS_BE", kIoBestEffort}, {"IOPRIO_CLASS_IDLE", kIoIdle}};

// linux/sched/types.h; the C library of Debian 12 has no declaration of it.
struct SchedAttr {
  u32 size, policy;
  u64 flags;
  s32 nice;
  u32 priority;
  u64 runtime, deadline, period;
};

}  // namespace

Failure set_rlimits(const std::vector<Rlimit>& limits) {
  for (const Rlimit& limit : limits) {
    const int* resource = lookup(kLimits, limit.type);
    if (!resource) return Error{exit_status::kVeneer, "process.rlimits: '" + limit.type + "' is no resource"};
    const rlimit64 value{limit.soft, limit.hard};
    if (::setrlimit64(static_cast<__rlimit_resource>(*resource), &value) == 0) continue;
    const int error = errno;
    // Only with CAP_SYS_RESOURCE a limit can be raised above the one that holds. Where the host gives none to
    // anybody, as in many sandboxes, what can be had is better than no container.
    rlimit64 now{};
    if (error == EPERM && ::getrlimit64(static_cast<__rlimit_resource>(*resource), &now) == 0 &&
        limit.hard > now.rlim_max) {
      const rlimit64 possible{std::min<u64>(limit.soft, now.rlim_max), now.rlim_max};
      if (::setrlimit64(static_cast<__rlimit_resource>(*resource), &possible) == 0) continue;
    }
    return failed(error, "set %s to %llu (hard %llu)", limit.type.c_str(),
                  static_cast<unsigned long long>(limit.soft), static_cast<unsigned long long>(limit.hard));
  }
  return std::nullopt;
}

Failure set_oom_score(s64 adjustment) {
  const Fd fd(::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
  if (!fd) return failed(errno, "open /proc/self/oom_score_adj");
  const std::string text = std::to_string(adjustment);
  if (::write(fd.get(), text.data(), text.size()) >= 0) return std::nullopt;
  const int error = errno;
  char now[16] = {};
  if (::pread(fd.get(), now, sizeof now - 1, 0) > 0 && std::atoi(now) == adjustment) return std::nullopt;
  return failed(error, "set oom_score_adj to %s", text.c_str());
}

Failure set_scheduler(const Scheduler& s) {
  const u32* policy = lookup(kPolicies, s.policy);
  if (!policy) return Error{exit_status::kVeneer, "process.scheduler.policy: '" + s.policy + "' is no policy"};
  SchedAttr attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = *policy;
  attributes.nice = s.nice;
  attributes.priority = static_cast<u32>(s.priority);
  attributes.runtime = s.runtime;
  attributes.deadline = s.deadline;
  attributes.period = s.period;
  for (const std::string& flag : s.flags) {
    const u64* bit = lookup(kSchedulerFlags, flag);
    if (!bit) return Error{exit_status::kVeneer, "process.scheduler.flags: '" + flag + "' is no flag"};
    attributes.flags |= *bit;
  }
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0)
    return failed(errno, "set the scheduler %s", s.policy.c_str());
  return std::nullopt;
}

Failure set_io_priority(const IoPriority& p) {
  const int* io_class = lookup(kIoClasses, p.io_class);
  if (!io_class)
    return Error{exit_status::kVeneer, "process.ioPriority.class: '" + p.io_class + "' is no class"};
  if (p.priority < 0 || p.priority > 7)
    return Error{exit_status::kVeneer, "process.ioPriority.priority must be between 0 and 7"};
  if (::syscall(SYS_ioprio_set, kIoPriorityOfProcess, 0,
                *io_class << kIoClassShift | static_cast<int>(p.priority)) != 0)
    return failed(errno, "set the I/O priority");
  return std::nullopt;
}

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  std::vector<unsigned> out;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    unsigned first = 0, last = 0;
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), first);
    if (error != std::errc{}) return std::nullopt;
    last = first;
    if (end != part.data() + part.size()) {
      if (*end != '-') return std::nullopt;
      auto [end2, error2] = std::from_chars(end + 1, part.data() + part.size(), last);
      if (error2 != std::errc{} || end2 != part.data() + part.size()) return std::nullopt;
    }
    if (last < first || last >= CPU_SETSIZE) return std::nullopt;
    for (unsigned cpu = first; cpu <= last; cpu++) out.push_back(cpu);
  }
  return out;
}

Failure set_cpu_affinity(const std::string& cpus) {
  std::optional<std::vector<unsigned>> list = parse_cpu_list(cpus);
  if (!list || list->empty()) return Error{exit_status::kVeneer, "'" + cpus + "' is no list of CPUs"};
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned cpu : *list) CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) return failed(errno, "run on the CPUs %s", cpus.c_str());
  return std::nullopt;
}

Failure set_personality(const std::string& domain) {
  if (::personality(domain == "LINUX32" ? PER_LINUX32 : PER_LINUX) < 0)
    return failed(errno, "set the personality %s", domain.c_str());
  return std::nullopt;
}

Failure set_user(const User& user, bool user_namespace) {
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return failed(errno, "keep capabilities");
  std::vector<gid_t> groups(user.additional_gids.begin(), user.additional_gids.end());
  // Where setgroups(2) was given up with the user namespace, the groups that there are stay.
  if (::syscall(SYS_setgroups, groups.size(), groups.data()) != 0 &&
      !(user_namespace && errno == EPERM && groups.empty()))
    return failed(errno, "set the supplementary groups");
  if (::syscall(SYS_setresgid, user.gid, user.gid, user.gid) != 0)
    return failed(errno, "become group %u", user.gid);
  if (::syscall(SYS_setresuid, user.uid, user.uid, user.uid) != 0)
    return failed(errno, "become user %u", user.uid);
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return failed(errno, "keep no capabilities");
  if (user.umask) ::umask(*user.umask & 0777);
  return std::nullopt;
}

bool apparmor_enabled() {
  std::optional<std::string> on = read_file("/sys/module/apparmor/parameters/enabled");
  return on && on->starts_with('Y');
}

bool selinux_enabled() {
  return ::access("/sys/fs/selinux/enforce", F_OK) == 0;
}

Failure set_exec_labels(const Process& process, int proc) {
  // /proc/thread-self is a link, and links of a container's /proc are not followed.
  const std::string attr = format("%d/task/%d/attr/", ::getpid(), ::gettid());
  if (!process.selinux_label.empty()) {
    if (Failure e = write_beneath(proc, attr + "exec", process.selinux_label, PROC_SUPER_MAGIC)) return e;
  }
  if (!process.apparmor_profile.empty() && process.apparmor_profile != "unconfined") {
    const std::string text = "exec " + process.apparmor_profile;
    if (write_beneath(proc, attr + "apparmor/exec", text, PROC_SUPER_MAGIC)) {
      if (Failure e = write_beneath(proc, attr + "exec", text, PROC_SUPER_MAGIC)) return e;
    }
  }
  return std::nullopt;
}

}  // namespace veneer::zone
