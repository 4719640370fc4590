#include "program/core_dump.h"

#include <gtest/gtest.h>

#include <csignal>

namespace veneer {
namespace {

const CoreNames kNames{.pid = 12,
                       .tid = 13,
                       .uid = 1000,
                       .gid = 100,
                       .signal = 11,
                       .time = 99,
                       .limit = 4096,
                       .host = "host",
                       .program = "a/b",
                       .path = "/usr/bin/prog"};

TEST(CoreDump, FilesAreNamedByThePattern) {
  EXPECT_EQ(core_file_name("core", kNames), "core");
  EXPECT_EQ(core_file_name("/tmp/%e.%p.%s", kNames), "/tmp/a!b.12.11");
  EXPECT_EQ(core_file_name("%E-%f", kNames), "!usr!bin!prog-prog");
  EXPECT_EQ(core_file_name("%u%g%i%t%c%h%d", kNames),
            "10001001399"
            "4096host1");
  EXPECT_EQ(core_file_name("100%%%x%", kNames), "100%");
}

TEST(CoreDump, SignalsThatDumpAreThoseOfTheManual) {
  EXPECT_TRUE(dumps_core(SIGSEGV));
  EXPECT_TRUE(dumps_core(SIGQUIT));
  EXPECT_FALSE(dumps_core(SIGTERM));
  EXPECT_FALSE(dumps_core(SIGKILL));
}

}  // namespace
}  // namespace veneer
