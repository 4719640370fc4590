#include "program/guest_maps.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace veneer {
namespace {

constexpr GuestAddr kBase = 0x5000'0000;
constexpr int kRx = PROT_READ | PROT_EXEC, kRw = PROT_READ | PROT_WRITE;

Mapping pages(u64 first, u64 count, int prot) {
  return {.start = kBase + first * kPageSize,
          .end = kBase + (first + count) * kPageSize,
          .prot = prot,
          .flags = MAP_PRIVATE | MAP_ANONYMOUS};
}
GuestAddr page(u64 n) {
  return kBase + n * kPageSize;
}

TEST(GuestMaps, SplitsAndMerges) {
  GuestMaps maps;
  GuestMaps::Update update(maps);
  update.add(pages(0, 10, kRw));
  update.protect(page(3), page(5), PROT_READ);
  EXPECT_EQ(update.parts(page(0), page(10)).size(), 3u);
  EXPECT_EQ(update.find(page(4) + 5)->prot, PROT_READ);
  EXPECT_EQ(update.find(page(5))->prot, kRw);
  update.protect(page(3), page(5), kRw);
  EXPECT_EQ(update.parts(page(0), page(10)).size(), 1u);
  update.remove(page(9), page(20));
  update.remove(page(2), page(3));
  EXPECT_FALSE(update.find(page(2)));
  EXPECT_FALSE(update.find(page(9)));
  EXPECT_FALSE(update.covers(page(0), page(4)));
  EXPECT_TRUE(update.covers(page(3), page(9)));
  auto gaps = update.gaps(page(0), page(12));
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(gaps[0].start, page(2));
  EXPECT_EQ(gaps[0].end, page(3));
  EXPECT_EQ(gaps[1].start, page(9));
  EXPECT_EQ(gaps[1].end, page(12));
}

TEST(GuestMaps, FileOffsetsFollowSplits) {
  GuestMaps maps;
  GuestMaps::Update update(maps);
  Mapping m = pages(0, 4, PROT_READ);
  m.kind = Mapping::Kind::File;
  m.ino = 7;
  m.offset = 0x10000;
  update.add(m);
  update.remove(page(0), page(1));
  EXPECT_EQ(update.find(page(2))->start, page(1));
  EXPECT_EQ(update.find(page(2))->offset, 0x11000u);
}

TEST(GuestMaps, MovesAttributes) {
  GuestMaps maps;
  GuestMaps::Update update(maps);
  update.add(pages(0, 2, kRw));
  update.protect(page(1), page(2), PROT_READ);
  update.move(page(0), 2 * kPageSize, page(10), 4 * kPageSize, false);
  EXPECT_FALSE(update.overlaps(page(0), page(2)));
  EXPECT_EQ(update.find(page(10))->prot, kRw);
  EXPECT_EQ(update.find(page(13))->prot, PROT_READ);
  EXPECT_FALSE(update.find(page(14)));
  update.move(page(10), 4 * kPageSize, page(20), kPageSize, true);
  EXPECT_TRUE(update.overlaps(page(10), page(11)));
  EXPECT_EQ(update.find(page(20))->end, page(21));
}

TEST(GuestMaps, KnowsWhatIsVeneersOwn) {
  GuestMaps maps;
  // A page of the host's that is not the guest's.
  void* own = ::mmap(nullptr, 3 * kPageSize, kRw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(own, MAP_FAILED);
  GuestAddr at = reinterpret_cast<GuestAddr>(own);
  ::munmap(own, kPageSize);
  {
    GuestMaps::Update update(maps);
    EXPECT_FALSE(update.may_replace(at, at + 3 * kPageSize, true));
    EXPECT_FALSE(update.may_replace(at + kPageSize, at + 2 * kPageSize, false));
    update.add({.start = at + kPageSize, .end = at + 3 * kPageSize, .prot = kRw, .flags = MAP_PRIVATE});
    EXPECT_TRUE(update.may_replace(at, at + 3 * kPageSize, true));
  }
  // The free page was reserved; it goes with the rest.
  EXPECT_EQ(::munmap(own, 3 * kPageSize), 0);
}

TEST(GuestMaps, FetchesOnlyWhatMayBeExecuted) {
  void* area = ::mmap(nullptr, 4 * kPageSize, kRw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(area, MAP_FAILED);
  GuestAddr at = reinterpret_cast<GuestAddr>(area);
  GuestMaps maps;
  {
    GuestMaps::Update update(maps);
    update.add({.start = at, .end = at + 4 * kPageSize, .prot = kRx, .flags = MAP_PRIVATE});
    update.protect(at + 3 * kPageSize, at + 4 * kPageSize, kRw);
  }
  EXPECT_EQ(maps.fetch(at).size(), 2 * kPageSize);
  EXPECT_EQ(maps.fetch(at + kPageSize - 4).size(), kPageSize + 4);
  EXPECT_EQ(maps.fetch(at + 3 * kPageSize - 8).size(), 8u);
  EXPECT_TRUE(maps.fetch(at + 3 * kPageSize).empty());
  EXPECT_TRUE(maps.fetch(0).empty());
  EXPECT_EQ(maps.fetch(at + 8).data(), reinterpret_cast<const u8*>(at + 8));
  ::munmap(area, 4 * kPageSize);
}

TEST(GuestMaps, HostNeverExecutesGuestCode) {
  EXPECT_EQ(host_prot(PROT_EXEC), PROT_READ);
  EXPECT_EQ(host_prot(PROT_NONE), PROT_NONE);
  EXPECT_EQ(host_prot(kRw | PROT_EXEC), kRw);
}

}  // namespace
}  // namespace veneer
