#include "image/architecture.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstring>

#include "base/files.h"
#include "image/rooted_path.h"

namespace veneer {
namespace {

#if defined(__x86_64__)
constexpr u16 kNativeMachine = EM_X86_64;
constexpr const char* kNativeName = "amd64";
#elif defined(__aarch64__)
constexpr u16 kNativeMachine = EM_AARCH64;
constexpr const char* kNativeName = "arm64";
#endif

// Programs that nearly every root has, the likeliest first.
constexpr const char* kUsualPrograms[] = {"/bin/sh",
                                          "/usr/bin/env",
                                          "/bin/busybox",
                                          "/sbin/init",
                                          "/usr/bin/bash",
                                          "/lib/ld-linux-aarch64.so.1",
                                          "/lib/ld-linux-riscv64-lp64d.so.1",
                                          "/lib64/ld-linux-x86-64.so.2",
                                          "/usr/bin/true"};

}  // namespace

std::optional<ElfMachine> elf_machine(int fd) {
  unsigned char header[20];
  if (::pread(fd, header, sizeof header, 0) != sizeof header || std::memcmp(header, ELFMAG, SELFMAG) != 0)
    return std::nullopt;
  ElfMachine out;
  const bool big = header[EI_DATA] == ELFDATA2MSB;
  out.machine = static_cast<u16>(big ? header[18] << 8 | header[19] : header[19] << 8 | header[18]);
  if (header[EI_CLASS] == ELFCLASS64 && !big) {
    if (out.machine == kNativeMachine)
      out.architecture = Architecture::Native;
    else if (out.machine == EM_AARCH64)
      out.architecture = Architecture::Aarch64;
    else if (out.machine == EM_RISCV)
      out.architecture = Architecture::Riscv64;
  } else if (out.machine == EM_386 && kNativeMachine == EM_X86_64) {
    out.architecture = Architecture::Native;
  }
  return out;
}

Architecture architecture_of(const std::string& name) {
  if (name == kNativeName) return Architecture::Native;
  if (name == "arm64" || name == "aarch64") return Architecture::Aarch64;
  if (name == "riscv64") return Architecture::Riscv64;
  if (name == "x86_64" && std::string(kNativeName) == "amd64") return Architecture::Native;
  return Architecture::Other;
}

const char* native_oci_name() {
  return kNativeName;
}

const char* oci_name(Architecture architecture) {
  switch (architecture) {
    case Architecture::Native: return kNativeName;
    case Architecture::Aarch64: return "arm64";
    case Architecture::Riscv64: return "riscv64";
    case Architecture::Other: break;
  }
  return "other";
}

std::optional<Architecture> architecture_of_root(int root) {
  for (const char* path : kUsualPrograms) {
    const int found = openat2_in_root(root, path, 0);
    if (found < 0) continue;
    const Fd at(found);
    struct stat info{};
    if (::fstat(found, &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const Fd file(::open(descriptor_path(found).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) continue;
    if (std::optional<ElfMachine> machine = elf_machine(file.get())) return machine->architecture;
  }
  return std::nullopt;
}

}  // namespace veneer
