#include "program/core_dump.h"

#include <cerrno>
#include <chrono>
#include <cstring>

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/elf_header.h"
#include "base/files.h"
#include "program/core_notes.h"
#include "program/guest_memory.h"
#include "program/thread.h"

namespace veneer {
namespace {

constexpr u64 kFileAlign = kPageSize;
constexpr u64 kLeastLimit = kPageSize;  // struct linux_binfmt::min_coredump

// Which bytes of a mapping are in the file (coredump_filter's default: anonymous memory, the pages of files
// that are the process' own, and the first page of an ELF file, which identifies it).
u64 dumped_size(const Mapping& m) {
  const bool readable = m.prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
  if (!readable) return 0;
  if (m.kind != Mapping::Kind::File) return m.size();
  if (m.flags & MAP_SHARED) return 0;
  if (!(m.prot & PROT_EXEC) || m.prot & PROT_WRITE) return m.size();
  u32 magic = 0;
  return m.offset == 0 && read_guest(m.start, magic) && std::memcmp(&magic, ELFMAG, SELFMAG) == 0 ? kPageSize
                                                                                                  : 0;
}

// A file that ends where its limit says. Pages of zeros are holes.
class CoreFile {
 public:
  CoreFile(Fd fd, u64 limit) : fd_(std::move(fd)), limit_(limit) {}

  bool append(std::string_view bytes) {
    const u64 room = limit_ - std::min(limit_, at_);
    const bool whole = bytes.size() <= room;
    bytes = bytes.substr(0, room);
    if (!bytes.empty() && !write_all(fd_.get(), bytes)) return false;
    at_ += bytes.size();
    return whole;
  }
  bool skip(u64 size) {
    if (size > limit_ - std::min(limit_, at_)) return false;
    at_ += size;
    return ::lseek(fd_.get(), static_cast<off_t>(at_), SEEK_SET) >= 0;
  }
  bool pad_to(u64 offset) { return offset == at_ || skip(offset - at_); }
  // A hole at the end counts, too.
  void finish() { (void)!::ftruncate(fd_.get(), static_cast<off_t>(at_)); }

 private:
  Fd fd_;
  u64 limit_, at_ = 0;
};

bool append_memory(CoreFile& file, GuestAddr start, u64 size) {
  static const u8 kZeros[kPageSize] = {};
  u8 page[kPageSize];
  for (u64 done = 0; done < size; done += kPageSize) {
    const bool there = copy_from_guest(page, start + done, kPageSize);
    if (!there || std::memcmp(page, kZeros, kPageSize) == 0) {
      if (!file.skip(kPageSize)) return false;
    } else if (!file.append({reinterpret_cast<const char*>(page), kPageSize})) {
      return false;
    }
  }
  return true;
}

std::string headers(u16 machine, const std::vector<Mapping>& maps, const std::string& notes) {
  const usize count = maps.size() + 1;
  Elf64_Ehdr e = elf_header(ET_CORE, machine);
  e.e_phoff = sizeof e;
  e.e_phentsize = sizeof(Elf64_Phdr);
  e.e_phnum = static_cast<u16>(std::min<usize>(count, PN_XNUM - 1));
  std::string out(reinterpret_cast<const char*>(&e), sizeof e);
  const auto add = [&out](const Elf64_Phdr& p) { out.append(reinterpret_cast<const char*>(&p), sizeof p); };
  u64 offset = sizeof e + count * sizeof(Elf64_Phdr);
  Elf64_Phdr note{};
  note.p_type = PT_NOTE;
  note.p_offset = offset;
  note.p_filesz = notes.size();
  note.p_align = 4;
  add(note);
  offset = (offset + notes.size() + kFileAlign - 1) & ~(kFileAlign - 1);
  for (const Mapping& m : maps) {
    Elf64_Phdr p{};
    p.p_type = PT_LOAD;
    p.p_offset = offset;
    p.p_vaddr = m.start;
    p.p_memsz = m.size();
    p.p_filesz = dumped_size(m);
    p.p_flags =
        (m.prot & PROT_READ ? PF_R : 0u) | (m.prot & PROT_WRITE ? PF_W : 0u) | (m.prot & PROT_EXEC ? PF_X : 0u);
    p.p_align = kFileAlign;
    offset += p.p_filesz;
    add(p);
  }
  return out;
}

// As the kernel opens it (fs/coredump.c): not through a link, not into what is another's or not a file.
Fd open_core(const std::string& name) {
  Fd fd(::open(name.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat st{};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
      st.st_uid != ::geteuid() || ::ftruncate(fd.get(), 0) != 0)
    return {};
  return fd;
}

std::string file_name(const Thread& thread, int signal, u64 limit) {
  std::string pattern = read_file("/proc/sys/kernel/core_pattern").value_or("core\n");
  while (!pattern.empty() && pattern.back() == '\n') pattern.pop_back();
  if (pattern.empty() || pattern[0] == '|') pattern = "core.%p";
  const std::string uses_pid = read_file("/proc/sys/kernel/core_uses_pid").value_or("0");
  if (uses_pid[0] == '1' && pattern.find("%p") == std::string::npos) pattern += ".%p";
  utsname host{};
  ::uname(&host);
  char name[17] = {};
  ::prctl(PR_GET_NAME, name);
  return core_file_name(pattern, {.pid = ::getpid(),
                                  .tid = thread.tid,
                                  .uid = ::getuid(),
                                  .gid = ::getgid(),
                                  .signal = signal,
                                  .time = ::time(nullptr),
                                  .limit = limit,
                                  .host = host.nodename,
                                  .program = name,
                                  .path = thread.process.exe_guest_path});
}

}  // namespace

bool dumps_core(int signal) {
  switch (signal) {
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGXCPU:
    case SIGXFSZ:
    case SIGSYS: return true;
    default: return false;
  }
}

std::string core_file_name(std::string_view pattern, const CoreNames& names) {
  const auto flat = [](std::string text) {
    for (char& c : text)
      if (c == '/') c = '!';
    return text;
  };
  std::string out;
  for (usize i = 0; i < pattern.size(); i++) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    if (++i == pattern.size()) break;
    switch (pattern[i]) {
      case '%': out += '%'; break;
      case 'p':
      case 'P': out += std::to_string(names.pid); break;
      case 'i':
      case 'I': out += std::to_string(names.tid); break;
      case 'u': out += std::to_string(names.uid); break;
      case 'g': out += std::to_string(names.gid); break;
      case 'd': out += '1'; break;
      case 's': out += std::to_string(names.signal); break;
      case 't': out += std::to_string(names.time); break;
      case 'c': out += std::to_string(names.limit); break;
      case 'h': out += flat(names.host); break;
      case 'e': out += flat(names.program); break;
      case 'f': out += names.path.substr(names.path.rfind('/') + 1); break;
      case 'E': out += flat(names.path); break;
      default: break;  // unknown ones are dropped
    }
  }
  return out;
}

bool CoreMeeting::open() {
  return !__atomic_exchange_n(&open_, true, __ATOMIC_ACQ_REL);
}

void CoreMeeting::join(Thread& thread) {
  {
    const std::lock_guard lock(mutex_);
    present_.push_back(&thread);
  }
  arrived_.notify_one();
  for (;;) ::pause();
}

std::vector<Thread*> CoreMeeting::gather(const Thread& dumper) {
  siginfo_t ask{};
  ask.si_signo = SIGTRAP;
  ask.si_code = SI_QUEUE;
  ask.si_value.sival_ptr = reinterpret_cast<void*>(kJoinCoreDump);  // NOLINT: a mark
  usize asked = 0;
  if (DIR* tasks = ::opendir("/proc/self/task")) {
    while (const dirent* entry = ::readdir(tasks)) {
      const int tid = std::atoi(entry->d_name);  // NOLINT: the kernel's number, or a name with a dot
      if (tid == 0 || tid == dumper.tid) continue;
      if (host_syscall(SYS_rt_tgsigqueueinfo, static_cast<u64>(::getpid()), static_cast<u64>(tid), SIGTRAP,
                       reinterpret_cast<u64>(&ask)) == 0)  // NOLINT: an argument
        asked++;
    }
    ::closedir(tasks);
  }
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::seconds(2), [&] { return present_.size() >= asked; });
  return present_;
}

bool dump_core(Thread& thread, const siginfo_t& info) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur < kLeastLimit) return false;
  if (::prctl(PR_GET_DUMPABLE) != 1 || thread.shares_memory) return false;
  CoreMeeting& meeting = thread.process.core_meeting;
  if (!meeting.open()) meeting.join(thread);
  const std::vector<Thread*> others = meeting.gather(thread);
  Fd fd = open_core(file_name(thread, info.si_signo, limit.rlim_cur));
  if (!fd) return false;
  const std::vector<Mapping> maps = thread.process.maps.all();
  const std::string notes = core_notes(thread, info, others);
  CoreFile file(std::move(fd), limit.rlim_cur);
  const std::string head = headers(thread.process.platform.abi->elf_machine, maps, notes);
  bool whole = file.append(head) && file.append(notes) &&
               file.pad_to((head.size() + notes.size() + kFileAlign - 1) & ~(kFileAlign - 1));
  for (const Mapping& m : maps) whole = whole && append_memory(file, m.start, dumped_size(m));
  file.finish();
  return true;
}

}  // namespace veneer
