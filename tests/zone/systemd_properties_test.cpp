#include "zone/cgroups/systemd_properties.h"

#include <gtest/gtest.h>

namespace veneer::zone {
namespace {

std::string text(const std::vector<UnitProperty>& properties) {
  std::string out;
  for (const UnitProperty& p : properties) {
    out += p.name + " " + p.signature;
    for (const std::string& v : p.values) out += " " + v;
    out += "\n";
  }
  return out;
}

TEST(SystemdProperties, LimitsOfVersion2) {
  Resources r;
  r.memory_limit = 1000;
  r.memory_swap = 1500;
  r.cpu_shares = 1024;
  r.cpu_quota = 150000;
  r.cpu_period = 100000;
  r.cpus = "0-1,9";
  r.pids_limit = 7;
  EXPECT_EQ(text(limit_properties(r, true)),
            "MemoryMax t 1000\nMemorySwapMax t 500\nCPUWeight t 39\nCPUQuotaPerSecUSec t 1500000\n"
            "CPUQuotaPeriodUSec t 100000\nAllowedCPUs ay 2 3 2\nTasksMax t 7\n");
}

TEST(SystemdProperties, LimitsOfVersion1) {
  Resources r;
  r.memory_limit = -1;
  r.memory_swap = -1;
  r.cpu_shares = 1;
  r.cpu_quota = -1;
  r.pids_limit = -1;
  r.io_weight = u16{300};
  EXPECT_EQ(text(limit_properties(r, false)),
            "MemoryLimit t 18446744073709551615\nCPUShares t 2\nCPUQuotaPerSecUSec t 18446744073709551615\n"
            "TasksMax t 18446744073709551615\nBlockIOWeight t 300\n");
  EXPECT_EQ(text(limit_properties(Resources{}, true)), "");
}

constexpr const char* kDevices = "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n136 other\n";

TEST(SystemdProperties, DevicesAreWhatIsAllowedInTheEnd) {
  const std::vector<DeviceRule> rules = {{true, 'c', 10, 200, "rwm"}, {false, 'a', {}, {}, "rwm"},
                                         {true, 'c', 1, 3, "rw"},     {true, 'c', 136, {}, "rwm"},
                                         {true, 'b', {}, {}, "m"},    {true, 'b', 8, 0, "r"},
                                         {false, 'b', 8, 0, "rwm"},   {true, 'c', 77, {}, "rwm"}};
  EXPECT_EQ(text(device_properties(rules, kDevices)),
            "DevicePolicy s strict\nDeviceAllow a(ss) 0\nDeviceAllow a(ss) 3 /dev/char/1:3 rw char-pts rwm "
            "block-* m\n");
}

TEST(SystemdProperties, AllDevices) {
  EXPECT_EQ(text(device_properties({{false, 'a', {}, {}, "rwm"}, {true, 'a', {}, {}, "rwm"}}, kDevices)),
            "DevicePolicy s auto\nDeviceAllow a(ss) 0\n");
}

}  // namespace
}  // namespace veneer::zone
