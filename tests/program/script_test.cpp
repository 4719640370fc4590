#include "program/script.h"

#include <gtest/gtest.h>

namespace veneer {
namespace {

TEST(Script, ReadsInterpreterAndOneArgument) {
  auto line = parse_script_line("#!/bin/sh\necho hi\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->interpreter, "/bin/sh");
  EXPECT_FALSE(line->argument);

  line = parse_script_line("#! \t/usr/bin/env  python3 -u \t\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->interpreter, "/usr/bin/env");
  EXPECT_EQ(line->argument, "python3 -u");

  line = parse_script_line("#!/bin/sh");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->interpreter, "/bin/sh");
}

TEST(Script, RefusesLinesWithoutAnInterpreter) {
  EXPECT_FALSE(parse_script_line("#!"));
  EXPECT_FALSE(parse_script_line("#!\n/bin/sh\n"));
  EXPECT_FALSE(parse_script_line("#!   \n"));
  EXPECT_FALSE(parse_script_line("echo hi\n"));
}

TEST(Script, CutsLongLinesAsTheKernelDoes) {
  std::string name(300, 'x');
  EXPECT_FALSE(parse_script_line(("#!/" + name).substr(0, kScriptHead)));
  auto line = parse_script_line(("#!/bin/sh " + name).substr(0, kScriptHead));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->interpreter, "/bin/sh");
  EXPECT_EQ(line->argument->size(), 255u - 10u);
}

}  // namespace
}  // namespace veneer
