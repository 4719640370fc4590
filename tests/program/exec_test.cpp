#include "program/exec.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/elf_builder.h"
#include "temporary.h"

namespace veneer {
namespace {

class ExecTest : public testing::Test {
 protected:
  // What exec_program answers; in a child, since it may succeed. 1000: it did.
  s64 exec(const std::string& path, int dirfd = AT_FDCWD, int flags = 0) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    pid_t child = ::fork();
    if (child == 0) {
      ExecRequest request;
      request.path = path;
      request.dirfd = dirfd;
      request.flags = flags;
      request.argv = {"name", "0"};
      s64 error = exec_program(process, {}, request);
      ::_exit(::write(ends[1], &error, sizeof error) == sizeof error ? 99 : 98);
    }
    ::close(ends[1]);
    s64 error = 1000;
    EXPECT_GE(::read(ends[0], &error, sizeof error), 0);
    ::close(ends[0]);
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return error;
  }
  test::TemporaryDirectory d;
  Process process;
  int status = 0;
};

TEST_F(ExecTest, FailsAsTheKernelDoes) {
  EXPECT_EQ(exec("/no/such"), -ENOENT);
  EXPECT_EQ(exec(""), -ENOENT);
  EXPECT_EQ(exec(d.path()), -EACCES);
  EXPECT_EQ(exec(d.file("plain", "#!/bin/sh\n", 0644)), -EACCES);
  EXPECT_EQ(exec(d.file("text", "hello", 0755)), -ENOEXEC);
  EXPECT_EQ(exec(d.file("empty", "", 0755)), -ENOEXEC);
  EXPECT_EQ(exec(d.file("script", "#!/no/such\n", 0755)), -ENOENT);
  EXPECT_EQ(exec(d.file("blank", "#!  \n", 0755)), -ENOEXEC);
  EXPECT_EQ(exec(d / "text/x"), -ENOTDIR);
  EXPECT_EQ(exec(std::string(5000, 'x')), -ENAMETOOLONG);
  std::string self = d / "loop";
  d.file("loop", "#!" + self + "\n", 0755);
  EXPECT_EQ(exec(self), -ELOOP);
  d.link("link", "text");
  EXPECT_EQ(exec(d / "link", AT_FDCWD, AT_SYMLINK_NOFOLLOW), -ELOOP);
  std::string elf = test::simple_program().build();
  EXPECT_EQ(exec(d.file("cut", elf.substr(0, 100), 0755)), -ENOEXEC);
}

TEST_F(ExecTest, RunsNativeProgramsAndScriptsDirectly) {
  EXPECT_EQ(exec("/bin/true"), 1000);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(exec(d.file("three", "#!/bin/sh\nexit 3\n", 0755)), 1000);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  // The script gets its own path, then the arguments after the name.
  EXPECT_EQ(exec(d.file("args", "#!/bin/sh -e\n[ \"$0\" = " + (d / "args") + " ] && [ \"$*\" = 0 ] && exit 4\n",
                        0755)),
            1000);
  EXPECT_EQ(WEXITSTATUS(status), 4);
  int fd = ::open("/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(exec("false", fd), 1000);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  ::close(fd);
  fd = ::open("/bin/false", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(exec("", fd, AT_EMPTY_PATH), 1000);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  ::close(fd);
}

}  // namespace
}  // namespace veneer
