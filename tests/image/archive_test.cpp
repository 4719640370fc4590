#include "image/archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "image/sha256.h"
#include "temporary.h"

namespace veneer::image {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

Fd directory(const std::string& path) {
  fs::create_directories(path);
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

TEST(Sha256, KnownDigests) {
  // FIPS 180-4's examples.
  EXPECT_EQ(digest_of("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TRUE(is_digest(digest_of("x")));
  EXPECT_FALSE(is_digest("sha256:../../../etc/passwd"));
  EXPECT_FALSE(is_digest(digest_of("x") + "0"));
  EXPECT_FALSE(is_digest("sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

TEST(Archive, WhatIsPackedUnpacksTheSame) {
  const TemporaryDirectory top;
  const Fd from = directory(top.path() + "/from");
  fs::create_directories(top.path() + "/from/d/e");
  std::ofstream(top.path() + "/from/d/file") << "contents";
  fs::create_hard_link(top.path() + "/from/d/file", top.path() + "/from/hard");
  fs::create_symlink("d/file", top.path() + "/from/link");
  std::ofstream(top.path() + "/from/n\xc3\xa4me with \xff") << "bytes";
  ASSERT_EQ(::chmod((top.path() + "/from/d/file").c_str(), 0640), 0);
  const Fd tar(::open((top.path() + "/x.tar").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  Result<Unpacked> packed = pack(from.get(), tar.get());
  ASSERT_TRUE(packed) << packed.error().message;
  ::lseek(tar.get(), 0, SEEK_SET);
  const Fd to = directory(top.path() + "/to");
  Result<Unpacked> unpacked = unpack(tar.get(), to.get(), {});
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(unpacked->digest, packed->digest);
  EXPECT_EQ(unpacked->diff_id, packed->diff_id);
  struct stat one{}, two{};
  ASSERT_EQ(::stat((top.path() + "/to/hard").c_str(), &one), 0);
  ASSERT_EQ(::stat((top.path() + "/to/d/file").c_str(), &two), 0);
  EXPECT_EQ(one.st_ino, two.st_ino);
  EXPECT_EQ(two.st_mode & 07777, 0640u);
  EXPECT_EQ(fs::read_symlink(top.path() + "/to/link"), "d/file");
  EXPECT_TRUE(fs::exists(top.path() + "/to/n\xc3\xa4me with \xff"));
  // And again: the same tree has the same digest.
  Result<Unpacked> again = pack(to.get(), -1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->digest, packed->digest);
}

TEST(Archive, DamageIsAnError) {
  const TemporaryDirectory top;
  const Fd from = directory(top.path() + "/from");
  std::ofstream(top.path() + "/from/file") << std::string(100000, 'x');
  const Fd tar(::open((top.path() + "/x.tar").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(pack(from.get(), tar.get()));
  ASSERT_EQ(::ftruncate(tar.get(), 5000), 0);
  ::lseek(tar.get(), 0, SEEK_SET);
  EXPECT_FALSE(unpack(tar.get(), directory(top.path() + "/to").get(), {}));
}

TEST(Archive, LimitsHold) {
  const TemporaryDirectory top;
  const Fd from = directory(top.path() + "/from");
  std::ofstream(top.path() + "/from/file") << std::string(100000, 'x');
  const Fd tar(::open((top.path() + "/x.tar").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(pack(from.get(), tar.get()));
  for (UnpackOptions options :
       {UnpackOptions{Whiteouts::Keep, 5000, 100}, UnpackOptions{Whiteouts::Keep, 1 << 20, 0}}) {
    ::lseek(tar.get(), 0, SEEK_SET);
    EXPECT_FALSE(unpack(tar.get(), directory(top.path() + "/to").get(), options));
  }
}

}  // namespace
}  // namespace veneer::image
