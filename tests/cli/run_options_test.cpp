#include "cli/run_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace veneer::cli {
namespace {

Result<std::optional<RunOptions>> parse(std::vector<const char*> arguments) {
  return parse_run_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(RunOptions, OptionsEndAtTheProgram) {
  auto r = parse({"-L", "/root", "-E", "A=b=c", "-U", "X", "ls", "-L", "--help"});
  ASSERT_TRUE(r) << r.error().message;
  const RunOptions& o = **r;
  EXPECT_EQ(o.root, "/root");
  EXPECT_EQ(o.set_env, (std::vector<std::pair<std::string, std::string>>{{"A", "b=c"}}));
  EXPECT_EQ(o.unset_env, std::vector<std::string>{"X"});
  EXPECT_EQ(o.program, "ls");
  EXPECT_EQ(o.args, (std::vector<std::string>{"-L", "--help"}));
  EXPECT_FALSE(o.argv0);
}

TEST(RunOptions, ValuesComeAttachedOrApart) {
  for (auto arguments :
       {std::vector<const char*>{"-L/r", "--argv0=n", "--tier=interp", "--", "-x"},
        std::vector<const char*>{"--root=/r", "--argv0", "n", "--tier", "interp", "--", "-x"}}) {
    auto r = parse(arguments);
    ASSERT_TRUE(r) << r.error().message;
    EXPECT_EQ((*r)->root, "/r");
    EXPECT_EQ((*r)->argv0, "n");
    EXPECT_EQ((*r)->translator.tier, TranslatorOptions::Tier::Interp);
    EXPECT_EQ((*r)->program, "-x");
  }
}

TEST(RunOptions, DumpNamesStagesAndAnAddress) {
  auto r = parse({"--dump=ir,host:0x400", "--trace", "x"});
  ASSERT_TRUE(r);
  const TranslatorOptions& t = (*r)->translator;
  EXPECT_TRUE(t.dump_ir && t.dump_host && t.trace);
  EXPECT_FALSE(t.dump_guest);
  EXPECT_EQ(t.dump_addr, 0x400u);
}

TEST(RunOptions, HelpIsAsked) {
  auto r = parse({"--help"});
  ASSERT_TRUE(r);
  EXPECT_FALSE(*r);
}

TEST(RunOptions, MistakesAreNamedInOneLine) {
  struct {
    std::vector<const char*> arguments;
    const char* message;
  } cases[] = {
      {{}, "no program given"},
      {{"--bogus", "x"}, "unknown option '--bogus'"},
      {{"-Z"}, "unknown option '-Z'"},
      {{"-L"}, "option -L of `veneer run` wants a value"},
      {{"-E", "nothing", "x"}, "VAR=VALUE"},
      {{"--tier=9", "x"}, "bad value '9' of --tier"},
      {{"--dump=all", "x"}, "bad value 'all' of --dump"},
      {{"--dump=ir:zz", "x"}, "bad value 'ir:zz' of --dump"},
      {{"--tier=interp", "--dump=guest,host", "x"}, "only tier 1 makes host code"},
      {{"--tracer", "x"}, "unknown option '--tracer'"},
      {{"--root=", "x"}, "bad value '' of --root"},
  };
  for (const auto& c : cases) {
    auto r = parse(c.arguments);
    ASSERT_FALSE(r) << c.message;
    EXPECT_EQ(r.error().status, 125);
    EXPECT_NE(r.error().message.find(c.message), std::string::npos) << r.error().message;
    EXPECT_NE(r.error().message.find("veneer run --help"), std::string::npos);
    EXPECT_EQ(r.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace veneer::cli
