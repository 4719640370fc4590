#include <gtest/gtest.h>

#include "zone/cgroups/layout.h"
#include "zone/cgroups/limits.h"
#include "zone/cgroups/systemd.h"

namespace veneer::zone {
namespace {

constexpr std::string_view kHybrid =
    "30 25 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"
    "31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n"
    "32 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "34 30 0:30 /slice/a\\040b /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
constexpr std::string_view kOwn =
    "5:memory:/slice/a b\n4:cpuacct,cpu:/own\n3:name=systemd:/user.slice\n0::/user.slice/x.scope\n";

TEST(CgroupLayout, Hybrid) {
  const CgroupLayout layout = parse_cgroups(kHybrid, kOwn);
  EXPECT_STREQ(layout.name(), "hybrid");
  ASSERT_EQ(layout.hierarchies.size(), 4u);
  ASSERT_NE(layout.of("cpu"), nullptr);
  // The kernel's order of the names, by which /proc/PID/cgroup is read.
  EXPECT_EQ(layout.of("cpu")->key(), "cpuacct,cpu");
  EXPECT_EQ(layout.of("cpu")->own, "/own");
  EXPECT_EQ(layout.of("cpu")->directory("/a/b"), "/sys/fs/cgroup/cpu,cpuacct/a/b");
  EXPECT_EQ(layout.v2()->own, "/user.slice/x.scope");
  EXPECT_EQ(layout.of("hugetlb"), nullptr);
}

TEST(CgroupLayout, MountedFromACgroupOn) {
  const CgroupLayout layout = parse_cgroups(kHybrid, kOwn);
  const Hierarchy* memory = layout.of("memory");
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->mount_root, "/slice/a b");
  EXPECT_EQ(memory->directory(memory->own), "/sys/fs/cgroup/memory");
  EXPECT_EQ(memory->directory(memory->own + "/inner"), "/sys/fs/cgroup/memory/inner");
}

TEST(CgroupLayout, PureOnes) {
  EXPECT_STREQ(parse_cgroups("31 30 0:27 / /sys/fs/cgroup rw - cgroup2 c rw\n", "0::/\n").name(), "unified");
  EXPECT_STREQ(parse_cgroups("33 30 0:29 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n", "1:cpu:/\n").name(),
               "legacy");
  EXPECT_STREQ(parse_cgroups("", "").name(), "none");
}

std::string value_of(const std::vector<Knob>& knobs, const std::string& file) {
  std::string found = "-";
  for (const Knob& k : knobs) {
    if (k.file == file) found = k.value;
  }
  return found;
}

TEST(Limits, OfVersion2) {
  Resources r;
  r.memory_limit = 1000;
  r.memory_swap = 3000;
  r.cpu_shares = 1024;
  r.cpu_quota = 50000;
  r.cpu_period = 100000;
  r.pids_limit = -1;
  r.io_weight = 500;
  r.io_read_bps = {{8, 0, 1024}};
  r.unified = {{"memory.high", "900"}};
  const std::vector<Knob> knobs = v2_knobs(r);
  EXPECT_EQ(value_of(knobs, "memory.max"), "1000");
  // The specification's swap is both together.
  EXPECT_EQ(value_of(knobs, "memory.swap.max"), "2000");
  EXPECT_EQ(value_of(knobs, "cpu.weight"), "39");
  EXPECT_EQ(value_of(knobs, "cpu.max"), "50000 100000");
  EXPECT_EQ(value_of(knobs, "pids.max"), "max");
  EXPECT_EQ(value_of(knobs, "io.weight"), "4950");
  EXPECT_EQ(value_of(knobs, "io.max"), "8:0 rbps=1024");
  EXPECT_EQ(value_of(knobs, "memory.high"), "900");
}

TEST(Limits, OfVersion1) {
  Resources r;
  r.memory_limit = 1000;
  r.memory_swap = 3000;
  r.cpu_shares = 512;
  const std::vector<Knob> knobs = v1_knobs(r);
  EXPECT_EQ(value_of(knobs, "memory.limit_in_bytes"), "1000");
  EXPECT_EQ(value_of(knobs, "memory.memsw.limit_in_bytes"), "3000");
  EXPECT_EQ(value_of(knobs, "cpu.shares"), "512");
  EXPECT_EQ(value_of(knobs, "cpu.cfs_quota_us"), "-");
}

TEST(Limits, DeviceLinesOfVersion1) {
  const auto lines =
      v1_device_lines({{false, 'a', std::nullopt, std::nullopt, "rwm"}, {true, 'c', 1, std::nullopt, "r"}});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], (std::pair<std::string, std::string>{"devices.deny", "a"}));
  EXPECT_EQ(lines[1], (std::pair<std::string, std::string>{"devices.allow", "c 1:* r"}));
}

TEST(Systemd, Paths) {
  Result<SystemdUnit> unit = parse_systemd_path("machine.slice:libpod:abc", "id", false);
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->slice, "machine.slice");
  EXPECT_EQ(unit->name, "libpod-abc.scope");
  EXPECT_FALSE(parse_systemd_path("/a/b", "id", false));
  EXPECT_EQ(parse_systemd_path("", "id", true)->slice, "user.slice");
}

}  // namespace
}  // namespace veneer::zone
