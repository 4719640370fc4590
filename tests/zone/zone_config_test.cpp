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

constexpr const char* kWritten = R"(# Our build machine.
image = "debian"   # see the wiki
autoboot = false

# As much as the old one had.
[memory]
capped = '64M' # was 32M
swap = "1G"

[[filesystem]]
type = "bind"
source = "/srv"
target = "/srv"
)";

std::string after(const std::string& text, std::initializer_list<std::pair<const char*, const char*>> changes) {
  ZoneConfig c = *read_zone_config(text);
  for (const auto& [key, value] : changes) EXPECT_FALSE(set_zone_key(c, key, value)) << key;
  const std::string edited = edit_zone_config(text, c);
  EXPECT_EQ(write_zone_config(*read_zone_config(edited)), write_zone_config(c));
  return edited;
}
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ZoneConfigEdit, ChangesTheLineAndNoOther) {
  EXPECT_EQ(after(kWritten, {{"memory.capped", "128M"}}), replaced(kWritten, "'64M'", "'128M'"));
  EXPECT_EQ(after(kWritten, {{"autoboot", "true"}}), replaced(kWritten, "false", "true"));
  EXPECT_EQ(after(kWritten, {}), kWritten);
}

TEST(ZoneConfigEdit, NewKeysGoToTheirTables) {
  EXPECT_EQ(after(kWritten, {{"hostname", "a"}}),
            replaced(kWritten, "autoboot = false\n", "autoboot = false\nhostname = 'a'\n"));
  EXPECT_EQ(after(kWritten, {{"cpu.shares", "5"}}), std::string(kWritten) + "\n[cpu]\nshares = 5\n");
  EXPECT_EQ(after(kWritten, {{"cpu.model", "max,nozfh"}}),
            std::string(kWritten) + "\n[cpu]\nmodel = 'max,nozfh'\n");
}

TEST(ZoneConfigEdit, RemovesALine) {
  EXPECT_EQ(after(kWritten, {{"memory.swap", ""}}), replaced(kWritten, "swap = \"1G\"\n", ""));
}

TEST(ZoneConfigEdit, WhatIsNotOfOneLineIsWrittenAnew) {
  const std::string text = "image = 'x'\ndepends = [ # all of them\n  'a',\n]\n";
  EXPECT_EQ(after(text, {{"depends", "[\"b\"]"}}).find("all of them"), std::string::npos);
  EXPECT_NE(after(text, {{"autoboot", "true"}}).find("all of them"), std::string::npos);
  EXPECT_EQ(after("memory = { capped = '1G' }\n", {{"memory.capped", "2G"}}).find('{'), std::string::npos);
  EXPECT_NE(after("memory.capped = '1G' # dotted\n", {{"memory.capped", "2G"}}).find("# dotted"),
            std::string::npos);
}

}  // namespace
}  // namespace veneer::zone
