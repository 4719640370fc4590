// Images: code that was translated by one translator and is run by another.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstring>

#include "base/files.h"
#include "isa/aarch64/isa.h"
#include "translate/image.h"
#include "translate/tier1/page_digest.h"

namespace veneer {
namespace {

constexpr GuestAddr kCode = 0x3000'0000'0000;
constexpr usize kSize = 0x3000;
constexpr u32 kSvc = 0xd4000001, kRet = 0xd65f03c0, kNop = 0xd503201f;

// Sums x1 downto 1 into x0 by a function on the next page, which is called by `bl`.
//   0: mov x0, #0; 4: bl 0x1000; 8: sub x1, x1, #1; c: cbnz x1, 4; 10: svc
//   1000: add x0, x0, x1; 1004: ret
const std::pair<usize, u32> kProgram[] = {{0, 0xd2800000},
                                          {4, 0x940003ff},
                                          {8, 0xd1000421},
                                          {0xc, 0xb5ffffc1},
                                          {0x10, kSvc},
                                          {0x1000, 0x8b010000},
                                          {0x1004, kRet},
                                          // 0x40: ldr x2, [x3], beside one that does not fault
                                          {0x40, 0xf9400084},
                                          {0x44, 0xf9400062},
                                          {0x48, kSvc}};

class Memory : public CodeSource {
 public:
  Memory() {
    at_ = static_cast<u8*>(::mmap(reinterpret_cast<void*>(kCode), kSize, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    for (usize i = 0; i < kSize; i += 4) put(i, kNop);
    for (const auto& [offset, word] : kProgram) put(offset, word);
  }
  ~Memory() override { ::munmap(at_, kSize); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void put(usize offset, u32 word) { std::memcpy(at_ + offset, &word, sizeof word); }
  std::span<const u8> code() const { return {at_, kSize}; }
  std::span<const u8> fetch(GuestAddr pc) override {
    if (pc - kCode >= kSize) return {};
    fetched = true;
    return code().subspan(pc - kCode);
  }
  bool fetched = false;

 private:
  u8* at_;
};

class ImageTest : public testing::Test {
 protected:
  ImageTest() : file_(::memfd_create("image", MFD_CLOEXEC)) {}

  void write() {
    const ImageSource source{.start = kCode, .code = memory_.code(), .entries = {kCode, kCode + 0x40}};
    const Result<ImageSummary> made = write_image(isa_, 0, {}, source, file_.get());
    ASSERT_TRUE(made);
    EXPECT_GE(made->units, 5u);
    EXPECT_TRUE(made->whole);
  }
  void start() {
    translator_ = std::make_unique<Translator>(isa_, memory_, TranslatorOptions{});
    translator_->attach(state_);
  }
  u64 sum(u64 n) {
    state_.x[1] = n;
    state_.pc = kCode;
    EXPECT_EQ(translator_->run(state_), Exit::Syscall);
    return state_.x[0];
  }
  ~ImageTest() override {
    if (translator_) translator_->detach(state_);
  }

  a64::Aarch64Isa isa_;
  Memory memory_;
  Fd file_;
  CpuState state_;
  std::unique_ptr<Translator> translator_;
};

TEST_F(ImageTest, RunsAsTheCodeItWasMadeOf) {
  write();
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  EXPECT_EQ(sum(10), 55u);
  // Until it is hot, and after.
  EXPECT_EQ(sum(100'000), 5'000'050'000u);
  EXPECT_EQ(sum(3), 6u);
}

TEST_F(ImageTest, IsNotUsedForOtherCode) {
  write();
  memory_.put(0x1000, 0x8b010400);  // add x0, x0, x1, lsl #1
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  EXPECT_EQ(sum(10), 110u);
}

TEST_F(ImageTest, FollowsCodeThatChanges) {
  write();
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  EXPECT_EQ(sum(10), 55u);
  memory_.put(0x1000, 0x8b010400);
  translator_->invalidate(kCode + 0x1000, kCode + 0x1004);
  EXPECT_EQ(sum(10), 110u);
  EXPECT_EQ(sum(100'000), 10'000'100'000u);
  memory_.put(0x1000, 0x8b010000);
  translator_->invalidate(kCode, kCode + kSize);
  EXPECT_EQ(sum(10), 55u);
}

TEST_F(ImageTest, WhatAGuestComesToWantIsThere) {
  write();
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  EXPECT_EQ(sum(10'000), 50'005'000u);   // a region is made
  translator_->keep_flags_for_faults();  // and dropped
  EXPECT_EQ(sum(10'000), 50'005'000u);
}

// What has been executed becomes the next image, of nothing else.
TEST_F(ImageTest, IsMadeOfWhatHasRun) {
  start();
  translator_->watch_code(kCode, kSize);
  EXPECT_EQ(sum(10), 55u);
  const Translator::CodeWatched run = translator_->watched_code(kCode);
  EXPECT_EQ(run.missing, (std::vector<u32>{0, 4, 8, 0x10, 0x1000}));
  EXPECT_EQ(run.in_image, 0u);

  ImageSource source;
  source.start = kCode;
  source.code = memory_.code();
  source.follow = false;
  for (const u32 block : run.missing) source.entries.push_back(kCode + block);
  ASSERT_TRUE(write_image(isa_, 0, {}, source, file_.get()));
  const std::optional<ImageContents> contents = read_image_contents(file_.get());
  ASSERT_TRUE(contents);
  EXPECT_FALSE(contents->follows);
  EXPECT_EQ(contents->blocks, run.missing);

  translator_->detach(state_);
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  translator_->watch_code(kCode, kSize);
  EXPECT_EQ(sum(100'000), 5'000'050'000u);
  EXPECT_TRUE(translator_->watched_code(kCode).missing.empty());
  EXPECT_EQ(translator_->watched_code(kCode).in_image, 5u);
  state_.pc = kCode + 0x40;
  state_.x[3] = state_.x[4] = kCode;
  EXPECT_EQ(translator_->run(state_), Exit::Syscall);
  EXPECT_EQ(translator_->watched_code(kCode).missing, (std::vector<u32>{0x40}));
}

// Of pages that nothing was translated of, it does not matter what they hold.
TEST_F(ImageTest, ComparesOnlyWhatItWasMadeOf) {
  write();
  memory_.put(0x2000, 0x8b010400);
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  translator_->watch_code(kCode, kSize);
  EXPECT_EQ(sum(10), 55u);
  EXPECT_TRUE(translator_->watched_code(kCode).missing.empty());
}

// What cannot be a unit is not asked for again and again.
TEST_F(ImageTest, KnowsWhatItCannotHave) {
  memory_.put(0x80, 0);
  ImageSource source;
  source.start = kCode;
  source.code = memory_.code();
  source.follow = false;
  source.entries = {kCode, kCode + 0x80};
  ASSERT_TRUE(write_image(isa_, 0, {}, source, file_.get()));
  EXPECT_EQ(read_image_contents(file_.get())->blocks, (std::vector<u32>{0, 0x80}));
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  translator_->watch_code(kCode, kSize);
  state_.pc = kCode + 0x80;
  EXPECT_EQ(translator_->run(state_), Exit::Trap);
  EXPECT_TRUE(translator_->watched_code(kCode).missing.empty());
}

TEST_F(ImageTest, IsForOneAddress) {
  write();
  start();
  EXPECT_FALSE(translator_->use_image(file_.get(), kCode + 0x1000));
  EXPECT_EQ(sum(10), 55u);
}

TEST_F(ImageTest, WhatIsNoImageIsRefused) {
  write();
  EXPECT_TRUE(is_image(file_.get()));
  start();
  for (const off_t at : {0, 8, 16, 24, 48, 100}) {
    SCOPED_TRACE(at);
    u8 byte = 0;
    ASSERT_EQ(::pread(file_.get(), &byte, 1, at), 1);
    const u8 other = byte ^ 0x40;
    ASSERT_EQ(::pwrite(file_.get(), &other, 1, at), 1);
    EXPECT_FALSE(is_image(file_.get()));
    EXPECT_FALSE(translator_->use_image(file_.get(), kCode));
    ASSERT_EQ(::pwrite(file_.get(), &byte, 1, at), 1);
  }
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  for (const off_t cut : {off_t{0}, off_t{100}, size / 2, size - 1}) {
    ASSERT_EQ(::ftruncate(file_.get(), cut), 0);
    EXPECT_FALSE(translator_->use_image(file_.get(), kCode));
    ASSERT_EQ(::ftruncate(file_.get(), size), 0);
    if (cut < 4096) break;  // its header is gone
  }
  EXPECT_EQ(sum(10), 55u);
}

TEST_F(ImageTest, KnowsItsUnitsByTheirCode) {
  write();
  start();
  ASSERT_TRUE(translator_->use_image(file_.get(), kCode));
  memory_.fetched = false;
  EXPECT_EQ(sum(10), 55u);
  EXPECT_TRUE(memory_.fetched);  // to be compared
  memory_.fetched = false;
  EXPECT_EQ(sum(20), 210u);
  EXPECT_FALSE(memory_.fetched);
}

TEST(PageDigest, TellsPagesApart) {
  tier1::DigestKey key;
  for (usize i = 0; i < key.size(); ++i) key[i] = i * 0x9e3779b97f4a7c15 + 1;
  std::vector<u8> page(tier1::kDigestPage, 7);
  const u128 whole = tier1::page_digest(page, key);
  for (const usize at : {usize{0}, usize{8}, usize{2049}, page.size() - 1}) {
    page[at] ^= 1;
    EXPECT_TRUE(tier1::page_digest(page, key) != whole);
    page[at] ^= 1;
  }
  EXPECT_TRUE(tier1::page_digest(page, key) == whole);
  std::vector<u8> padded(page.begin(), page.begin() + 100);
  padded.resize(tier1::kDigestPage, 0);
  EXPECT_TRUE(tier1::page_digest(std::span(page).first(100), key) == tier1::page_digest(padded, key));
}

}  // namespace
}  // namespace veneer
