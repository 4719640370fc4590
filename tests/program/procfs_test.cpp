#include "program/procfs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/errors.h"

namespace veneer {
namespace {

std::string read_all(int fd) {
  std::string out;
  char text[4096];
  for (ssize_t n; (n = ::read(fd, text, sizeof text)) > 0;) out.append(text, static_cast<usize>(n));
  return out;
}

std::optional<std::string> contents(Process& process, const std::string& path, int dirfd = AT_FDCWD) {
  std::optional<s64> fd = procfs::open(process, dirfd, path.c_str(), O_RDONLY);
  if (!fd || *fd < 0) return std::nullopt;
  std::string out = read_all(static_cast<int>(*fd));
  ::close(static_cast<int>(*fd));
  return out;
}

TEST(Procfs, MapsShowTheGuestAlone) {
  Process process;
  void* area = ::mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  GuestAddr at = reinterpret_cast<GuestAddr>(area);
  GuestMaps::Update(process.maps)
      .add({.start = at,
            .end = at + 4096,
            .prot = PROT_READ | PROT_EXEC,
            .flags = MAP_PRIVATE,
            .kind = Mapping::Kind::Stack});
  std::string expected = format("%llx-%llx r-xp 00000000 00:00 0 ", static_cast<unsigned long long>(at),
                                static_cast<unsigned long long>(at + 4096));
  expected.resize(73, ' ');
  expected += "[stack]\n";
  for (const std::string& path :
       {std::string("/proc/self/maps"), format("/proc/%d/maps", ::getpid()),
        std::string("/proc/thread-self/maps"), format("/proc/self/task/%d/maps", ::getpid())}) {
    EXPECT_EQ(contents(process, path), expected) << path;
  }
  int proc = ::open("/proc/self", O_PATH | O_DIRECTORY);
  EXPECT_EQ(contents(process, "maps", proc), expected);
  ::close(proc);
  EXPECT_FALSE(contents(process, "/proc/1/maps"));
  EXPECT_FALSE(contents(process, "/etc/passwd"));
  EXPECT_FALSE(contents(process, "maps"));
  ::munmap(area, 8192);
}

TEST(Procfs, CpuinfoIsOfTheGuestCpu) {
  Process process;
  process.platform.abi = &kAarch64Abi;
  process.platform.cpu_features = "fp asimd";
  process.platform.midr = 0x413fd0c1;
  std::string text = contents(process, "/proc/cpuinfo").value();
  EXPECT_EQ(text.find("processor\t: 0\n"), 0u);
  for (const char* line : {"Features\t: fp asimd\n", "CPU implementer\t: 0x41\n", "CPU architecture: 8\n",
                           "CPU variant\t: 0x3\n", "CPU part\t: 0xd0c\n", "CPU revision\t: 1\n\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(Procfs, ExeIsTheGuestProgram) {
  Process process;
  process.exe_guest_path = "/usr/bin/tool";
  process.exe_host_path = "/bin/sh";
  char text[64];
  EXPECT_EQ(procfs::readlink(process, AT_FDCWD, "/proc/self/exe", text, sizeof text), 13);
  EXPECT_EQ(std::string(text, 13), "/usr/bin/tool");
  EXPECT_EQ(procfs::readlink(process, AT_FDCWD, "/proc/self/exe", text, 4), 4);
  EXPECT_STREQ(procfs::follow(process, AT_FDCWD, "/proc/self/exe"), "/bin/sh");
  EXPECT_EQ(procfs::follow(process, AT_FDCWD, "/bin/sh"), nullptr);
  EXPECT_EQ(contents(process, "/proc/self/exe")->substr(0, 4), "\177ELF");
}

TEST(Procfs, ArgumentsAreReadFromTheGuestsMemory) {
  Process process;
  static char text[] = "prog\0arg";
  process.arg_start = reinterpret_cast<GuestAddr>(text);
  process.arg_end = process.arg_start + sizeof text;
  EXPECT_EQ(contents(process, "/proc/self/cmdline"), std::string(text, sizeof text));
}

TEST(Procfs, LinksDoNotShowRoot) {
  Process process;
  process.sysroot = Sysroot("/usr");
  int fd = ::open("/usr/bin", O_PATH);
  char text[64];
  std::string link = format("/proc/self/fd/%d", fd);
  EXPECT_EQ(procfs::readlink(process, AT_FDCWD, link.c_str(), text, sizeof text), 4);
  EXPECT_EQ(std::string(text, 4), "/bin");
  ::close(fd);
}

}  // namespace
}  // namespace veneer
