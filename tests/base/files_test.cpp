#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"

namespace veneer {
namespace {

TEST(Files, FdClosesItself) {
  int raw;
  {
    Fd fd(::open("/dev/null", O_RDONLY));
    ASSERT_TRUE(fd);
    raw = fd.get();
    Fd other = std::move(fd);
    EXPECT_FALSE(fd);
    EXPECT_EQ(other.get(), raw);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST(Files, ReadsWholeFiles) {
  // Files of /proc have no size and come in pieces.
  EXPECT_NE(read_file("/proc/self/status")->find("Name:"), std::string::npos);
  EXPECT_FALSE(read_file("/no/such"));
  EXPECT_TRUE(read_link("/proc/self/exe"));
  EXPECT_FALSE(read_link("/"));
}

TEST(Json, EscapesStrings) {
  EXPECT_EQ(json_string("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
}

}  // namespace
}  // namespace veneer
