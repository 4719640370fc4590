#include "zone/mount_options.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace veneer::zone {
namespace {

TEST(MountOptions, LaterOnesOverride) {
  Result<MountOptions> o = parse_mount_options({"ro", "nosuid", "rw", "suid"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->set, 0u);
  EXPECT_EQ(o->clear, static_cast<u64>(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
}

TEST(MountOptions, ROfTheTreeAndRelatimeAreNotConfused) {
  Result<MountOptions> o = parse_mount_options({"rro", "relatime", "rnoexec"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->tree_set, static_cast<u64>(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC));
  EXPECT_EQ(o->set, static_cast<u64>(MOUNT_ATTR_RELATIME));
  EXPECT_EQ(o->clear, static_cast<u64>(MOUNT_ATTR__ATIME));
}

TEST(MountOptions, Propagation) {
  Result<MountOptions> o = parse_mount_options({"rbind", "rslave"});
  ASSERT_TRUE(o);
  EXPECT_TRUE(o->bind && o->recursive && o->propagate_tree);
  EXPECT_EQ(o->propagation, static_cast<u64>(MS_SLAVE));
  EXPECT_EQ(propagation_flags("rprivate"), static_cast<u64>(MS_PRIVATE | MS_REC));
  EXPECT_EQ(propagation_flags("ro"), 0u);
}

TEST(MountOptions, WhatIsNotKnownIsTheFileSystems) {
  Result<MountOptions> o = parse_mount_options({"size=1k", "mode=755", "defaults", "tmpcopyup"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->data, (std::vector<std::string>{"size=1k", "mode=755"}));
  EXPECT_TRUE(o->copy_up);
}

TEST(MountOptions, NoCommas) {
  EXPECT_FALSE(parse_mount_options({"ro,nosuid"}));
}

}  // namespace
}  // namespace veneer::zone
