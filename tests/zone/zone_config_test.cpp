#include "zone/lasting/zone_config.h"

#include <gtest/gtest.h>

namespace veneer::zone {
namespace {

TEST(ZoneConfig, ComesBackAsItWasWritten) {
  ZoneConfig c;
  c.image = "debian";
  c.hostid = 7;
  c.cpu_capped = 1.5;
  c.memory_capped = "512M";
  c.depends = {"database"};
  c.filesystems = {{"bind", "/srv", "/data", true, ""}};
  c.network = ZoneNetwork::Private;
  c.address = "10.0.0.2/24";
  Result<ZoneConfig> read = read_zone_config(write_zone_config(c));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->image, "debian");
  EXPECT_EQ(read->hostid, 7u);
  EXPECT_EQ(read->cpu_capped, 1.5);
  EXPECT_EQ(read->memory_capped, "512M");
  EXPECT_EQ(read->depends, c.depends);
  ASSERT_EQ(read->filesystems.size(), 1u);
  EXPECT_TRUE(read->filesystems[0].read_only);
  EXPECT_EQ(read->network, ZoneNetwork::Private);
}

TEST(ZoneConfig, WhatIsWrongIsNamed) {
  for (const char* text : {"nonsense = 1", "[cpu]\nnonsense = 1", "image = 1", "[memory]\ncapped = \"lots\"",
                           "[network]\ntype = \"x\"", "[[filesystem]]\ntype = \"bind\"\ntarget = \"relative\"",
                           "privileges = [\"CAP_X\"]", "environment = [\"X\"]", "image = \"a\"\nroot = \"/b\"",
                           "= ", "[cpu]\ndedicated = \"x\""}) {
    Result<ZoneConfig> read = read_zone_config(text);
    ASSERT_FALSE(read) << text;
    EXPECT_TRUE(read.error().message.starts_with("zone.toml")) << read.error().message;
  }
}

TEST(ZoneConfig, KeysAreSetAndRemoved) {
  ZoneConfig c;
  EXPECT_FALSE(set_zone_key(c, "memory.capped", "64M"));
  EXPECT_FALSE(set_zone_key(c, "cpu.dedicated", "0"));  // text, though TOML has a number there
  EXPECT_FALSE(set_zone_key(c, "depends", "[\"a\", \"b\"]"));
  EXPECT_FALSE(set_zone_key(c, "autoboot", "true"));
  EXPECT_EQ(c.memory_capped, "64M");
  EXPECT_EQ(c.cpu_dedicated, "0");
  EXPECT_EQ(c.depends.size(), 2u);
  EXPECT_TRUE(c.autoboot);
  EXPECT_FALSE(set_zone_key(c, "memory.capped", ""));
  EXPECT_TRUE(c.memory_capped.empty());
  EXPECT_TRUE(set_zone_key(c, "memory.capped", "lots"));
  EXPECT_TRUE(set_zone_key(c, "nonsense", "1"));
}

TEST(ZoneConfig, Sizes) {
  EXPECT_EQ(parse_size("1024"), 1024u);
  EXPECT_EQ(parse_size("2K"), 2048u);
  EXPECT_EQ(parse_size("3MiB"), 3u << 20);
  EXPECT_EQ(parse_size("1g"), 1u << 30);
  for (const char* bad : {"", "x", "1X", "-1", "1MM", "99999999999999999999", "9999999999T"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

}  // namespace
}  // namespace veneer::zone
