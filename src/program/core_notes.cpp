#include "program/core_notes.h"

#include <cstdio>
#include <cstring>
#include <sstream>
#include <string_view>

#include <elf.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "program/abi.h"
#include "program/guest_memory.h"
#include "program/proc_maps.h"
#include "program/thread.h"
#include "program/trace/registers.h"

namespace veneer {
namespace {

constexpr u32 kArmSystemCall = 0x404;  // NT_ARM_SYSTEM_CALL

struct Times {
  s64 seconds, microseconds;
};

// struct elf_prstatus, but for the registers, which come next, and the last words.
struct Status {
  s32 signal, code, error;
  s16 current_signal;
  u16 padding0;
  u64 pending, held;
  s32 pid, parent, group, session;
  Times user, system, children_user, children_system;
};
static_assert(sizeof(Status) == 112);
struct StatusEnd {
  s32 has_fp, padding;
};

// struct elf_prpsinfo.
struct ProcessInfo {
  s8 state;
  char state_name;
  s8 zombie, nice;
  u32 padding;
  u64 flags;
  u32 uid, gid;
  s32 pid, parent, group, session;
  char name[16];
  char arguments[80];
};
static_assert(sizeof(ProcessInfo) == 136);

void add_note(std::string& out, std::string_view name, u32 type, std::string_view data) {
  const auto pad = [&out] { out.resize((out.size() + 3) & ~usize{3}); };
  const Elf64_Nhdr head{static_cast<u32>(name.size() + 1), static_cast<u32>(data.size()), type};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  out.append(name);
  out += '\0';
  pad();
  out.append(data);
  pad();
}

template <typename T>
std::string_view bytes(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

std::string bytes_of(const RegisterSet& set, const GuestRegisters& registers) {
  std::string out(RegisterSet::kMost, '\0');
  out.resize(set.get(registers, out.data()));
  return out;
}

void add_status(std::string& out, Thread& thread, const GuestRegisters& registers, int signal,
                const rusage& usage) {
  Status s{};
  s.signal = s.current_signal = static_cast<s16>(signal);
  s.held = thread.signals.blocked;
  s.pid = thread.tid;
  s.parent = ::getppid();
  s.group = ::getpgrp();
  s.session = ::getsid(0);
  s.user = {usage.ru_utime.tv_sec, usage.ru_utime.tv_usec};
  s.system = {usage.ru_stime.tv_sec, usage.ru_stime.tv_usec};
  const StatusEnd end{1, 0};
  const RegisterSet& general = thread.process.platform.abi->register_sets[0];
  add_note(out, "CORE", NT_PRSTATUS,
           std::string(bytes(s)) + bytes_of(general, registers) + std::string(bytes(end)));
}

void add_other_registers(std::string& out, const GuestAbi& abi, const GuestRegisters& registers) {
  for (const RegisterSet& set : abi.register_sets.subspan(1))
    if (const std::string bytes = bytes_of(set, registers); !bytes.empty())
      add_note(out, set.type == NT_FPREGSET ? "CORE" : "LINUX", set.type, bytes);
  const s32 number = -1;
  if (abi.calls.number < 0) add_note(out, "LINUX", kArmSystemCall, bytes(number));
}

ProcessInfo process_info(const Process& process) {
  ProcessInfo info{};
  info.state_name = 'R';
  info.uid = ::getuid();
  info.gid = ::getgid();
  info.pid = ::getpid();
  info.parent = ::getppid();
  info.group = ::getpgrp();
  info.session = ::getsid(0);
  ::prctl(PR_GET_NAME, info.name);
  const usize size = std::min<usize>(process.arg_end - process.arg_start, sizeof info.arguments - 1);
  if (copy_from_guest(info.arguments, process.arg_start, size)) {
    for (char& c : std::span(info.arguments, size))
      if (c == '\0') c = ' ';
  }
  return info;
}

// NT_FILE: count, page size, start, end and offset in pages of each, and their names.
std::string files(const Process& process) {
  struct Entry {
    u64 start, end, offset;
  };
  std::vector<Entry> entries;
  std::string names;
  std::istringstream lines(guest_maps_text(process, "/proc/self/maps"));
  for (std::string line; std::getline(lines, line);) {
    unsigned long long start = 0, end = 0, offset = 0;
    const usize path = line.find('/');
    if (path == std::string::npos || std::sscanf(line.c_str(), "%llx-%llx %*s %llx", &start, &end, &offset) !=
                                         3)  // NOLINT: the kernel's numbers
      continue;
    entries.push_back({start, end, offset / kPageSize});
    names += line.substr(path);
    names += '\0';
  }
  const u64 head[2] = {entries.size(), kPageSize};
  std::string out(bytes(head));
  for (const Entry& e : entries) out += bytes(e);
  return out + names;
}

}  // namespace

std::string core_notes(Thread& dying, const siginfo_t& info, const std::vector<Thread*>& others) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::string out;
  const GuestAbi& abi = *dying.process.platform.abi;
  GuestRegisters registers;
  save_registers(dying.cpu, registers);
  add_status(out, dying, registers, info.si_signo, usage);
  add_note(out, "CORE", NT_PRPSINFO, bytes(process_info(dying.process)));
  add_note(out, "CORE", NT_SIGINFO, bytes(info));
  add_note(out, "CORE", NT_AUXV, {dying.process.auxv.data(), dying.process.auxv.size()});
  add_note(out, "CORE", NT_FILE, files(dying.process));
  add_other_registers(out, abi, registers);
  for (Thread* other : others) {
    save_registers(other->cpu, registers);
    add_status(out, *other, registers, info.si_signo, usage);
    add_other_registers(out, abi, registers);
  }
  return out;
}

}  // namespace veneer
