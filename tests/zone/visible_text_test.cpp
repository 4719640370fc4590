#include "zone/lasting/visible_text.h"

#include <gtest/gtest.h>

namespace veneer::zone {
namespace {

TEST(VisibleText, ListsOfCpus) {
  EXPECT_EQ(cpu_list_text({0}), "0\n");
  EXPECT_EQ(cpu_list_text({0, 1, 2, 5, 7, 8}), "0-2,5,7-8\n");
  EXPECT_EQ(cpu_list_text({}), "\n");
}

TEST(VisibleText, CpuinfoHasTheParagraphsOfTheZone) {
  const std::string host =
      "processor\t: 0\nmodel\t: a\n\nprocessor\t: 1\nmodel\t: b\n\nprocessor\t: 10\nmodel\t: c\n";
  EXPECT_EQ(cpuinfo_text(host, {1}), "processor\t: 1\nmodel\t: b\n\n");
  EXPECT_EQ(cpuinfo_text(host, {10}), "processor\t: 10\nmodel\t: c\n");
}

TEST(VisibleText, StatSumsTheZonesCpus) {
  const std::string host =
      "cpu  11 22 33\ncpu0 1 2 3\ncpu1 10 20 30\ncpu10 4 5 6\nintr 5 0\nctxt 7\nbtime 99\n";
  EXPECT_EQ(stat_text(host, {1, 10}, 1234),
            "cpu  14 25 36\ncpu1 10 20 30\ncpu10 4 5 6\nintr 5 0\nctxt 7\nbtime 1234\n");
}

std::string line(const std::string& text, const std::string& key) {
  const usize at = text.find("\n" + key + ":");
  return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

TEST(VisibleText, MeminfoIsOfTheLimit) {
  const std::string host =
      "X: 1 kB\nMemTotal:       16000000 kB\nMemFree:        9000000 kB\nMemAvailable:   9500000 kB\n"
      "Cached:         4000000 kB\nSwapTotal:      1000 kB\nSwapFree:       900 kB\nPageTables:     90000 kB\n"
      "VmallocTotal:   34359738367 kB\nHugePages_Total:       3\n";
  MemoryUsage m;
  m.limit = 64 << 20;
  m.used = 24 << 20;
  m.inactive_file = 4 << 20;
  m.file = 5 << 20;
  m.swap_limit = 512 << 10;
  m.swap_used = 12 << 10;
  const std::string text = meminfo_text(host, m);
  EXPECT_EQ(line(text, "MemTotal"), "MemTotal:          65536 kB");
  EXPECT_EQ(line(text, "MemFree"), "MemFree:           40960 kB");
  EXPECT_EQ(line(text, "MemAvailable"), "MemAvailable:      45056 kB");
  EXPECT_EQ(line(text, "Cached"), "Cached:             5120 kB");
  EXPECT_EQ(line(text, "SwapTotal"), "SwapTotal:           512 kB");
  EXPECT_EQ(line(text, "SwapFree"), "SwapFree:            500 kB");
  EXPECT_EQ(line(text, "PageTables"), "PageTables:        65536 kB");
  EXPECT_EQ(line(text, "VmallocTotal"), "VmallocTotal:   34359738367 kB");
  EXPECT_EQ(line(text, "HugePages_Total"), "HugePages_Total:       3");
}

TEST(VisibleText, MoreUsedThanTheLimitIsNothingFree) {
  MemoryUsage m;
  m.limit = 1 << 20;
  m.used = 2 << 20;
  const std::string text = meminfo_text("\nMemTotal: 5000 kB\nMemFree: 10 kB\n", m);
  EXPECT_EQ(line(text, "MemFree"), "MemFree:               0 kB");
}

TEST(VisibleText, LoadAveragesGoTowardsWhatRuns) {
  LoadAverage load;
  EXPECT_EQ(load.text(1, 2, 3), "0.00 0.00 0.00 1/2 3\n");
  for (int i = 0; i < 12; i++) load.sample(2);  // a minute
  EXPECT_EQ(load.text(2, 9, 40), "1.26 0.36 0.13 2/9 40\n");
  for (int i = 0; i < 12 * 60; i++) load.sample(2);
  EXPECT_EQ(load.text(2, 9, 40), "2.00 2.00 1.97 2/9 40\n");
}

}  // namespace
}  // namespace veneer::zone
