#include "base/push_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

namespace veneer {
namespace {

TEST(PushList, GivesAllTheLatestFirst) {
  PushList<std::string> list;
  EXPECT_TRUE(list.take().empty());
  list.push("a");
  list.push("b");
  EXPECT_EQ(list.take(), (std::vector<std::string>{"b", "a"}));
  EXPECT_TRUE(list.take().empty());
  list.push("left");  // goes with it
}

TEST(PushList, LosesNothingOfManyThreads) {
  constexpr int kEach = 1000;
  PushList<int> list;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&list, t] {
      for (int i = 0; i < kEach; ++i) list.push(t * kEach + i);
    });
  for (std::thread& t : threads) t.join();
  std::vector<int> all = list.take();
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 4u * kEach);
  for (int i = 0; i < 4 * kEach; ++i) EXPECT_EQ(all.at(static_cast<std::size_t>(i)), i);
}

}  // namespace
}  // namespace veneer
