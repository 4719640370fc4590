#include "program/find_program.h"

#include <gtest/gtest.h>

#include "temporary.h"

namespace veneer {
namespace {

TEST(FindProgram, RootIsSearchedBeforeTheHost) {
  test::TemporaryDirectory root, host;
  root.file("usr/bin/tool", "x", 0755);
  host.file("tool", "x", 0755);
  host.file("other", "x", 0755);
  std::vector<std::string> environment = {"PATH=" + host.path() + ":/usr/bin"};
  Sysroot sysroot(root.path());
  Result<FoundProgram> r = find_program(sysroot, "tool", environment);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->path, root / "usr/bin/tool");
  EXPECT_EQ(find_program(Sysroot(), "tool", environment)->path, host / "tool");
  EXPECT_EQ(find_program(sysroot, "other", environment)->path, host / "other");
  EXPECT_EQ(find_program(sysroot, "/usr/bin/tool", environment)->path, root / "usr/bin/tool");
}

TEST(FindProgram, ErrorsNameTheProgramAndTheReason) {
  test::TemporaryDirectory d;
  std::string plain = d.file("plain", "x", 0644);
  struct {
    std::string name;
    int status;
    const char* why;
  } cases[] = {
      {"no-such-program", 127, "not found in PATH"},
      {"/no/such/program", 127, "No such file or directory"},
      {d.path(), 126, "directory"},
      {plain, 126, "chmod +x"},
      {"/dev/null", 126, "not a regular file"},
      {plain + "/x", 126, "Not a directory"},
      {"", 127, "empty"},
  };
  for (const auto& c : cases) {
    Result<FoundProgram> r = find_program(Sysroot(), c.name, {"PATH=/usr/bin"});
    ASSERT_FALSE(r) << c.name;
    EXPECT_EQ(r.error().status, c.status) << r.error().message;
    EXPECT_NE(r.error().message.find("'" + c.name + "'"), std::string::npos) << r.error().message;
    EXPECT_NE(r.error().message.find(c.why), std::string::npos) << r.error().message;
  }
}

}  // namespace
}  // namespace veneer
