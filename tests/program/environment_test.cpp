#include "program/environment.h"

#include <gtest/gtest.h>

namespace veneer {
namespace {

using Strings = std::vector<std::string>;

TEST(Environment, AppliesSettingsInOrder) {
  const char* host[] = {"A=1", "B=2", "AB=3", nullptr};
  EXPECT_EQ(guest_environment(host, {{"B", "x"}, {"C", ""}}, {"A"}), (Strings{"B=x", "AB=3", "C="}));
}

TEST(Environment, VariablesOfTheDynamicLinkerSurviveTheWayThroughVeneer) {
  std::string variable = "LD_PRELOAD=/lib/x.so";
  ASSERT_TRUE(needs_hiding(variable));
  std::string travelling = hidden(variable);
  EXPECT_FALSE(travelling.starts_with("LD_"));
  const char* host[] = {travelling.c_str(), nullptr};
  EXPECT_EQ(guest_environment(host, {}, {}), Strings{variable});
  EXPECT_FALSE(needs_hiding("PATH=/bin"));
  // Twice hidden comes out once hidden: nothing a guest sets is lost.
  std::string twice = hidden(travelling);
  const char* nested[] = {twice.c_str(), nullptr};
  EXPECT_EQ(guest_environment(nested, {}, {}), Strings{travelling});
}

TEST(Environment, FindsValues) {
  Strings e = {"PATHX=no", "PATH=/bin", "EMPTY="};
  EXPECT_STREQ(find_variable(e, "PATH"), "/bin");
  EXPECT_STREQ(find_variable(e, "EMPTY"), "");
  EXPECT_EQ(find_variable(e, "PAT"), nullptr);
}

}  // namespace
}  // namespace veneer
