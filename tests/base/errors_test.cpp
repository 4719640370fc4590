#include "base/errors.h"

#include <gtest/gtest.h>

namespace veneer {
namespace {

TEST(Errors, ResultHoldsAValueOrAnError) {
  Result<int> good = 3;
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 3);
  Result<int> bad = Error{126, "no"};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().status, 126);
}

TEST(Errors, FormatsLikePrintf) {
  EXPECT_EQ(format("%s-%03d", "a", 7), "a-007");
  EXPECT_EQ(format("%s", std::string(5000, 'x').c_str()).size(), 5000u);
}

TEST(Errors, ReportIsOneLineWhateverAFileIsCalled) {
  testing::internal::CaptureStderr();
  report("cannot run 'a\nb\x1b[31m'");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "veneer: cannot run 'a\\x0ab\\x1b[31m'\n");
}

}  // namespace
}  // namespace veneer
