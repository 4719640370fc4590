#include "program/sysroot.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "temporary.h"

namespace veneer {
namespace {

// ROOT is not under /tmp's exceptions: those are about guest paths.
class SysrootTest : public testing::Test {
 protected:
  SysrootTest() : sysroot(root.path()) {
    root.file("usr/lib/libx.so", "x");
    root.file("usr/bin/tool", "x");
    root.file("etc/only-in-root", "x");
    root.file("proc/version", "x");
    root.link("lib", "usr/lib");
    root.link("etc/alternatives/tool", "/usr/bin/tool");
    root.link("usr/bin/t", "/etc/alternatives/tool");
    root.link("usr/bin/up", "../../../../../../usr/bin/tool");
  }
  std::string resolve(const char* path, PathUse use = PathUse::Follow, int dirfd = AT_FDCWD) {
    PathBuffer buffer;
    return sysroot.resolve(dirfd, path, use, buffer);
  }
  test::TemporaryDirectory root;
  Sysroot sysroot;
};

TEST_F(SysrootTest, NothingHappensWithoutARoot) {
  Sysroot none;
  PathBuffer buffer;
  const char* path = "/usr/bin/tool";
  EXPECT_EQ(none.resolve(AT_FDCWD, path, PathUse::Follow, buffer), path);
}

TEST_F(SysrootTest, RootComesFirstThenTheHost) {
  EXPECT_EQ(resolve("/usr/lib/libx.so"), root / "usr/lib/libx.so");
  EXPECT_EQ(resolve("//usr/lib/libx.so"), root / "usr/lib/libx.so");
  EXPECT_EQ(resolve("/etc/passwd"), "/etc/passwd");
  EXPECT_EQ(resolve("/does/not/exist"), "/does/not/exist");
  EXPECT_EQ(resolve(""), "");
}

TEST_F(SysrootTest, LinksStayInside) {
  EXPECT_EQ(resolve("/lib/libx.so"), root / "usr/lib/libx.so");
  EXPECT_EQ(resolve("/usr/bin/t"), root / "usr/bin/tool");
  EXPECT_EQ(resolve("/usr/bin/up"), root / "usr/bin/tool");
  EXPECT_EQ(resolve("/usr/../../../usr/bin/tool"), root / "usr/bin/tool");
  EXPECT_EQ(resolve("/usr/bin/t", PathUse::NoFollow), root / "usr/bin/t");
  EXPECT_EQ(resolve("/lib/libx.so", PathUse::NoFollow), root / "usr/lib/libx.so");
}

TEST_F(SysrootTest, RelativePathsInsideRootFollowLinksInside) {
  int fd = ::open((root / "usr/bin").c_str(), O_PATH | O_DIRECTORY);
  EXPECT_EQ(resolve("tool", PathUse::Follow, fd), "tool");
  EXPECT_EQ(resolve("t", PathUse::Follow, fd), root / "usr/bin/tool");
  EXPECT_EQ(resolve("t", PathUse::NoFollow, fd), "t");
  EXPECT_EQ(resolve("../../etc/alternatives/tool", PathUse::Follow, fd), root / "usr/bin/tool");
  ::close(fd);
  fd = ::open("/usr/bin", O_PATH | O_DIRECTORY);
  EXPECT_EQ(resolve("../lib", PathUse::Follow, fd), "../lib");
  ::close(fd);
}

TEST_F(SysrootTest, SomeDirectoriesAreTheHosts) {
  EXPECT_EQ(resolve("/proc/version"), "/proc/version");
  EXPECT_EQ(resolve("/dev/null"), "/dev/null");
  test::TemporaryDirectory other;
  std::string name = other.file("f", "host");
  root.file(name.substr(1), "root");
  EXPECT_EQ(resolve(name.c_str()), name);
  ::unlink(name.c_str());
  EXPECT_EQ(resolve(name.c_str()), root.path() + name);
  std::string fresh = other / "new";
  EXPECT_EQ(resolve(fresh.c_str(), PathUse::Create), fresh);
}

TEST_F(SysrootTest, NewNamesGoWhereTheirDirectoryIs) {
  EXPECT_EQ(resolve("/etc/alternatives/new", PathUse::Create), root / "etc/alternatives/new");
  EXPECT_EQ(resolve("/lib/new", PathUse::Create), root / "usr/lib/new");
  EXPECT_EQ(resolve("/lib/new/", PathUse::Create), root / "usr/lib/new/");
  EXPECT_EQ(resolve("/not/in/root", PathUse::Create), "/not/in/root");
  EXPECT_EQ(resolve("/new", PathUse::Create), root / "new");
  EXPECT_EQ(resolve("/usr/bin/t", PathUse::Create), root / "usr/bin/t");
}

TEST_F(SysrootTest, TheGuestDoesNotSeeRoot) {
  EXPECT_EQ(sysroot.to_guest(root / "usr/bin"), "/usr/bin");
  EXPECT_EQ(sysroot.to_guest(root.path()), "/");
  EXPECT_EQ(sysroot.to_guest("/etc"), "/etc");
  EXPECT_EQ(sysroot.to_guest(root.path() + "x/y"), root.path() + "x/y");
}

}  // namespace
}  // namespace veneer
