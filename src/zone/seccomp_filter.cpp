#include "zone/seccomp_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/types.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace veneer::zone {
namespace {

template <typename T>
struct Named {
  const char* name;
  T value;
};

constexpr Named<u32> kActions[] = {
    {"SCMP_ACT_KILL", SCMP_ACT_KILL},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
};

constexpr Named<scmp_compare> kOperators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

constexpr Named<u32> kArchitectures[] = {
    {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
};

constexpr Named<unsigned> kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", 0},  // there is one thread
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

template <typename T, usize N>
const T* lookup(const Named<T> (&table)[N], const std::string& name) {
  for (const Named<T>& n : table) {
    if (name == n.name) return &n.value;
  }
  return nullptr;
}

template <typename T, usize N>
std::vector<std::string> names(const Named<T> (&table)[N]) {
  std::vector<std::string> out;
  for (const Named<T>& n : table) out.emplace_back(n.name);
  return out;
}

Error bad(const char* field, const std::string& value) {
  return Error{exit_status::kVeneer, format("linux.seccomp.%s: '%s' is not known", field, value.c_str())};
}

Result<u32> action(const std::string& name, std::optional<u32> errno_return, const char* field) {
  const u32* base = lookup(kActions, name);
  if (!base) return bad(field, name);
  const bool takes_errno = *base == SCMP_ACT_ERRNO(0) || *base == SCMP_ACT_TRACE(0);
  if (errno_return && !takes_errno)
    return Error{exit_status::kVeneer, "linux.seccomp: errnoRet is of no use with " + name};
  return takes_errno ? *base | (errno_return.value_or(EPERM) & 0xffff) : *base;
}

using Context = std::unique_ptr<void, decltype(&::seccomp_release)>;

Failure add_architectures(scmp_filter_ctx context, const Seccomp& s) {
  for (const std::string& name : s.architectures) {
    const u32* arch = lookup(kArchitectures, name);
    if (!arch) return bad("architectures", name);
    const int r = ::seccomp_arch_add(context, *arch);
    // One whose byte order is not ours cannot share a filter, and no program of it can run here.
    if (r != 0 && r != -EEXIST && r != -EDOM)
      return failed(-r, "take %s into the seccomp filter", name.c_str());
  }
  return std::nullopt;
}

Failure add_call(scmp_filter_ctx context, const SeccompCall& call, u32 default_action, SeccompFilter& out) {
  Result<u32> act = action(call.action, call.errno_return, "syscalls.action");
  if (!act) return act.error();
  if (*act == default_action) return std::nullopt;
  out.notifies = out.notifies || *act == SCMP_ACT_NOTIFY;
  std::vector<scmp_arg_cmp> compares;
  bool repeated = false;
  u32 seen = 0;
  for (const SeccompArgument& a : call.args) {
    const scmp_compare* op = lookup(kOperators, a.op);
    if (!op) return bad("syscalls.args.op", a.op);
    compares.push_back({a.index, *op, a.value, a.value_two});
    repeated = repeated || (seen >> a.index & 1);
    seen |= 1u << a.index;
  }
  for (const std::string& name : call.names) {
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;  // of another architecture or a newer kernel
    if (*act == SCMP_ACT_NOTIFY && (name == "sendmsg" || name == "execve" || name == "capset"))
      return Error{
          exit_status::kVeneer,
          "linux.seccomp: " + name + " cannot be SCMP_ACT_NOTIFY: the container's start needs it itself"};
    int r = 0;
    if (repeated) {
      // An argument compared twice means one rule each, any of which fits, as runc and crun have it.
      for (const scmp_arg_cmp& one : compares) {
        r = ::seccomp_rule_add_array(context, *act, number, 1, &one);
        if (r != 0 && r != -EEXIST) break;
      }
    } else {
      r = ::seccomp_rule_add_array(context, *act, number, static_cast<unsigned>(compares.size()),
                                   compares.data());
    }
    if (r != 0 && r != -EEXIST && r != -EDOM)
      return failed(-r, "take the system call '%s' into the seccomp filter", name.c_str());
  }
  return std::nullopt;
}

Result<std::vector<sock_filter>> program_of(scmp_filter_ctx context) {
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) return failed(errno, "make a memory file");
  if (const int r = ::seccomp_export_bpf(context, file.get())) return failed(-r, "make the seccomp filter");
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed(errno, "read the seccomp filter");
  std::vector<sock_filter> out(static_cast<usize>(info.st_size) / sizeof(sock_filter));
  if (::pread(file.get(), out.data(), static_cast<usize>(info.st_size), 0) != info.st_size)
    return failed(errno, "read the seccomp filter");
  return out;
}

// What a program is made from, as text: the key under which it is kept.
std::string key_of(const Seccomp& s) {
  std::string key =
      "veneer seccomp 1\n" + s.default_action + " " + std::to_string(s.default_errno.value_or(0)) + "\n";
  for (const std::string& a : s.architectures) key += a + " ";
  for (const SeccompCall& call : s.calls) {
    key += "\n" + call.action + " " + (call.errno_return ? std::to_string(*call.errno_return) : "-");
    for (const SeccompArgument& a : call.args)
      key += format(" [%u %s %llu %llu]", a.index, a.op.c_str(), static_cast<unsigned long long>(a.value),
                    static_cast<unsigned long long>(a.value_two));
    for (const std::string& name : call.names) key += " " + name;
  }
  return key + "\n";
}

std::string cache_path(const std::string& cache, const std::string& key) {
  // FNV-1a names the file; the key itself is in it, so that a collision is only a miss.
  u64 hash = 0xcbf29ce484222325;
  for (unsigned char c : key) hash = (hash ^ c) * 0x100000001b3;
  return cache + format("/%016llx", static_cast<unsigned long long>(hash));
}

std::optional<std::vector<sock_filter>> cached(const std::string& path, const std::string& key) {
  std::optional<std::string> text = read_file(path.c_str());
  if (!text || !text->starts_with(key) || (text->size() - key.size()) % sizeof(sock_filter) != 0 ||
      text->size() == key.size())
    return std::nullopt;
  std::vector<sock_filter> program((text->size() - key.size()) / sizeof(sock_filter));
  std::memcpy(program.data(), text->data() + key.size(), text->size() - key.size());
  return program;
}

void keep(const std::string& path, const std::string& key, const std::vector<sock_filter>& program) {
  const std::string temporary = path + "." + std::to_string(::getpid());
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return;
  const std::string_view bytes(reinterpret_cast<const char*>(program.data()),
                               program.size() * sizeof(sock_filter));
  if (!write_all(fd.get(), key) || !write_all(fd.get(), bytes) ||
      ::rename(temporary.c_str(), path.c_str()) != 0)
    ::unlink(temporary.c_str());
}

}  // namespace

Result<SeccompFilter> make_seccomp_filter(const Seccomp& s, const std::string& cache) {
  SeccompFilter out;
  for (const std::string& name : s.flags) {
    const unsigned* flag = lookup(kFlags, name);
    if (!flag) return bad("flags", name);
    out.flags |= *flag;
  }
  for (const SeccompCall& call : s.calls) out.notifies = out.notifies || call.action == "SCMP_ACT_NOTIFY";
  if (s.default_action == "SCMP_ACT_NOTIFY")
    return Error{
        exit_status::kVeneer,
        "linux.seccomp.defaultAction cannot be SCMP_ACT_NOTIFY: nobody could answer the container's start"};
  if (out.notifies && s.listener_path.empty())
    return Error{exit_status::kVeneer, "linux.seccomp.listenerPath is required with SCMP_ACT_NOTIFY"};
  const std::string key = key_of(s), path = cache_path(cache, key);
  if (!cache.empty()) {
    if (std::optional<std::vector<sock_filter>> program = cached(path, key)) {
      out.program = std::move(*program);
      return out;
    }
  }
  Result<u32> default_action = action(s.default_action, s.default_errno, "defaultAction");
  if (!default_action) return default_action.error();
  const Context context(::seccomp_init(*default_action), ::seccomp_release);
  if (!context) return Error{exit_status::kVeneer, "cannot make a seccomp filter"};
  // no_new_privs is the process's own setting; a balanced tree answers faster than hundreds of comparisons.
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_NNP, 0);
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (Failure e = add_architectures(context.get(), s)) return std::move(*e);
  for (const SeccompCall& call : s.calls) {
    if (Failure e = add_call(context.get(), call, *default_action, out)) return std::move(*e);
  }
  Result<std::vector<sock_filter>> program = program_of(context.get());
  if (!program) return program.error();
  out.program = std::move(*program);
  if (!cache.empty()) keep(path, key, out.program);
  return out;
}

Result<Fd> load_seccomp_filter(const SeccompFilter& filter) {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.program.size());
  program.filter = const_cast<sock_filter*>(filter.program.data());
  const unsigned flags = filter.flags | (filter.notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
  const long r = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (r < 0) return failed(errno, "load the seccomp filter");
  return filter.notifies ? Fd(static_cast<int>(r)) : Fd();
}

std::vector<std::string> seccomp_actions() {
  return names(kActions);
}
std::vector<std::string> seccomp_operators() {
  return names(kOperators);
}
std::vector<std::string> seccomp_architectures() {
  return names(kArchitectures);
}
std::vector<std::string> seccomp_flags() {
  return names(kFlags);
}

}  // namespace veneer::zone
