#include "translate/tier1/jit_dump.h"

#include <ctime>
#include <string>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

namespace veneer::tier1 {
namespace {

constexpr u32 kMagic = 0x4a695444, kVersion = 1, kCodeLoad = 0;
constexpr usize kMarkerSize = 4096;

struct FileHeader {
  u32 magic = kMagic, version = kVersion, size = sizeof(FileHeader), machine = EM_X86_64;
  u32 padding = 0, pid = 0;
  u64 time = 0, flags = 0;
};

struct CodeLoad {
  u32 type = kCodeLoad, size = 0;
  u64 time = 0;
  u32 pid = 0, tid = 0;
  u64 address = 0, code = 0, code_size = 0, index = 0;
};

// Of the clock that `perf record -k mono` uses.
u64 now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<u64>(t.tv_sec) * 1'000'000'000 + static_cast<u64>(t.tv_nsec);
}

template <typename T>
std::string_view bytes(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

}  // namespace

JitDump::~JitDump() {
  if (marker_) ::munmap(marker_, kMarkerSize);
}

void JitDump::open() {
  if (marker_) ::munmap(marker_, kMarkerSize);
  marker_ = nullptr;
  index_ = 0;
  // Never through somebody else's link: /tmp is everyone's.
  const std::string path = fmt::format("/tmp/jit-{}.dump", ::getpid());
  ::unlink(path.c_str());
  file_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return;
  void* p = ::mmap(nullptr, kMarkerSize, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_.get(), 0);
  if (p != MAP_FAILED) marker_ = p;
  FileHeader header;
  header.pid = static_cast<u32>(::getpid());
  header.time = now();
  write_all(file_.get(), bytes(header));
}

void JitDump::add(const u8* code, usize size, std::string_view name) {
  if (!file_) return;
  CodeLoad record;
  record.size = static_cast<u32>(sizeof record + name.size() + 1 + size);
  record.time = now();
  record.pid = static_cast<u32>(::getpid());
  record.tid = static_cast<u32>(::syscall(SYS_gettid));
  record.address = record.code = reinterpret_cast<u64>(code);  // NOLINT: an address to tell
  record.code_size = size;
  record.index = index_++;
  std::string out(bytes(record));
  out += name;
  out += '\0';
  out.append(reinterpret_cast<const char*>(code), size);
  write_all(file_.get(), out);
}

}  // namespace veneer::tier1
