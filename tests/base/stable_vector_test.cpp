#include "base/stable_vector.h"

#include <vector>

#include <gtest/gtest.h>

namespace veneer {
namespace {

TEST(StableVector, ElementsStayWhereTheyAre) {
  StableVector<usize, 4, 1024> v;
  std::vector<const usize*> at;
  for (usize i = 0; i < 1024; ++i) {
    ASSERT_TRUE(v.push_back(i));
    at.push_back(&v[i]);
  }
  for (usize i = 0; i < 1024; ++i) {
    EXPECT_EQ(v[i], i);
    EXPECT_EQ(&v[i], at[i]);
  }
}

TEST(StableVector, SaysWhenItIsFull) {
  StableVector<int, 4, 16> v;
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(v.push_back(i));
  EXPECT_FALSE(v.push_back(16));
  EXPECT_EQ(v.size(), 16u);
  v.clear();
  EXPECT_EQ(v.size(), 0u);
  EXPECT_TRUE(v.push_back(7));
  EXPECT_EQ(v[0], 7);
}

}  // namespace
}  // namespace veneer
