#include "translate/tier1/image.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include "translate/tier1/page_digest.h"

namespace veneer::tier1 {
namespace {

// Is a part of `count` elements of this size within [from, to), and aligned?
bool fits(u64 at, u64 count, usize size, u64 from, u64 to) {
  return at % 8 == 0 && at >= from && at <= to && count <= (to - at) / size;
}

bool fits_together(const ImageHeader& h, u64 file_size) {
  if (h.magic != kImageMagic || h.version != kImageVersion || h.check != image_check(h)) return false;
  const u64 pages = (h.code_bytes + kDigestPage - 1) / kDigestPage, all = h.file_size;
  if (all != file_size || h.start % kDigestPage != 0 || h.code_bytes == 0 || h.code_bytes > (u64{1} << 32) ||
      h.chunk_bits < 12 || h.chunk_bits > 32)
    return false;
  constexpr u64 kFirst = sizeof(ImageHeader);
  return fits(h.key_at, 1, sizeof(DigestKey), kFirst, all) &&
         fits(h.digests_at, pages, sizeof(u128), kFirst, all) && h.digests_at % alignof(u128) == 0 &&
         fits(h.index_at, pages + 1, sizeof(u32), kFirst, all) &&
         fits(h.units_at, u64{h.units} + 1, sizeof(ImageUnit), kFirst, all) &&
         fits(h.faults_at, h.faults, sizeof(FaultPoint), kFirst, all) &&
         fits(h.links_at, h.links, sizeof(ImageLink), kFirst, all) &&
         fits(h.refused_at, h.refused, sizeof(u32), kFirst, all) &&
         fits(h.counts_at, h.units, sizeof(s32), kFirst, all) &&
         fits(h.profiles_at, h.profiles, sizeof(IndirectProfile), kFirst, all) &&
         h.thunks_at % kImagePage == 0 && fits(h.thunks_at, 1, kImagePage, kImagePage, all) &&
         fits(h.host_code_at, 0, 1, h.thunks_at + kImagePage, all);
}

// False: the file is no image.
bool read_header(int fd, ImageHeader& header) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && ::pread(fd, &header, sizeof header, 0) == sizeof header &&
         fits_together(header, static_cast<u64>(info.st_size));
}

}  // namespace

bool Image::is_sound(int fd) {
  ImageHeader header;
  return read_header(fd, header);
}

std::optional<ImageContents> Image::contents(int fd) {
  ImageHeader header;
  if (!read_header(fd, header)) return std::nullopt;
  std::vector<ImageUnit> units(header.units);
  ImageContents out{.follows = header.whole != 0, .blocks = std::vector<u32>(header.refused)};
  const auto read = [fd](auto& values, u64 at) {
    const usize bytes = values.size() * sizeof values[0];
    return ::pread(fd, values.data(), bytes, static_cast<off_t>(at)) == static_cast<ssize_t>(bytes);
  };
  if (!read(units, header.units_at) || !read(out.blocks, header.refused_at)) return std::nullopt;
  for (const ImageUnit& unit : units) out.blocks.push_back(unit.pc);
  std::sort(out.blocks.begin(), out.blocks.end());
  return out;
}

std::unique_ptr<Image> Image::map(int fd, std::span<u8> space, GuestAddr start, FpMode mode,
                                  const ImageRoutines& routines) {
  ImageHeader header;
  if (!read_header(fd, header) || header.start != start || header.mode != static_cast<u32>(mode))
    return nullptr;
  const usize mapped = (header.file_size + kImagePage - 1) & ~(kImagePage - 1);
  if (mapped > space.size()) return nullptr;
  // Private: counts, links and patches are this process's own.
  void* at = ::mmap(space.data(), mapped, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
  if (at == MAP_FAILED) return nullptr;
  std::unique_ptr<Image> image(new Image(space.first(mapped), header));
  image->write_thunks(routines);
  return image;
}

Image::Image(std::span<u8> mapped, const ImageHeader& h)
    : base_(mapped.data()),
      size_(mapped.size()),
      units_(part<ImageUnit>(h.units_at), h.units + usize{1}),
      faults_(part<FaultPoint>(h.faults_at), h.faults),
      links_(part<ImageLink>(h.links_at), h.links),
      refused_(part<u32>(h.refused_at), h.refused),
      counts_(part<s32>(h.counts_at)),
      profiles_(part<IndirectProfile>(h.profiles_at)),
      host_code_(part<u8>(h.host_code_at)),
      chunks_((h.code_bytes >> h.chunk_bits) + 1),
      made_(h.units + usize{1}),
      dead_(h.units + usize{1}) {}

// The space stays reserved.
Image::~Image() {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (::mmap(base_, size_, PROT_NONE, kFlags, -1, 0) == MAP_FAILED) ::munmap(base_, size_);
}

// lea eax, [rax + the link's image] for Link; then, for all, jmp [rip]: the address follows.
void Image::write_thunks(const ImageRoutines& r) const {
  const u64 targets[kThunkCount] = {r.routines.leave, r.routines.link, r.routines.indirect, r.routines.entry,
                                    r.routines.fallback};
  for (usize i = 0; i < kThunkCount; ++i) {
    u8* at = part<u8>(header().thunks_at) + i * kThunkSize;
    if (static_cast<Thunk>(i) == Thunk::Link) {
      const u32 bits = kImageLink | r.number << kImageLinkBits;
      const u8 lea[2] = {0x8d, 0x80};
      std::memcpy(at, lea, sizeof lea);
      std::memcpy(at + sizeof lea, &bits, sizeof bits);
      at += sizeof lea + sizeof bits;
    }
    const u8 jump[6] = {0xff, 0x25, 0, 0, 0, 0};
    std::memcpy(at, jump, sizeof jump);
    std::memcpy(at + sizeof jump, &targets[i], sizeof targets[i]);
  }
}

Image::Units Image::in_range(GuestAddr from, GuestAddr to) const {
  from = std::max(from, start());
  to = std::min(to, end());
  if (from >= to) return {0, 0};
  const std::span all = units_.first(units_.size() - 1);
  const auto by_pc = [](const ImageUnit& u, u64 pc) { return u.pc < pc; };
  // No unit is longer than this.
  constexpr u64 kLongest = kDigestPage;
  const u64 offset = from - start();
  const auto first = std::lower_bound(all.begin(), all.end(), offset > kLongest ? offset - kLongest : 0, by_pc);
  const auto last = std::lower_bound(all.begin(), all.end(), to - start(), by_pc);
  return {static_cast<u32>(first - all.begin()), static_cast<u32>(last - all.begin())};
}

u32 Image::find(GuestAddr pc) const {
  if (pc - start() >= header().code_bytes) return kNone;
  const u64 offset = pc - start(), page = offset / kDigestPage;
  const u32* index = part<u32>(header().index_at);
  const auto first = units_.begin() + index[page], last = units_.begin() + index[page + 1];
  const auto at = std::lower_bound(first, last, offset, [](const ImageUnit& u, u64 o) { return u.pc < o; });
  return at != last && at->pc == offset ? static_cast<u32>(at - units_.begin()) : kNone;
}

bool Image::refuses(GuestAddr pc) const {
  return std::binary_search(refused_.begin(), refused_.end(), pc - start());
}

u32 Image::at_code(u64 host_pc) const noexcept {
  const u64 first_code = reinterpret_cast<u64>(host_code_);  // NOLINT: comparing addresses
  if (host_pc < first_code || host_pc >= reinterpret_cast<u64>(base_) + size_) return kNone;  // NOLINT
  const u64 offset = host_pc - first_code;
  usize low = 0, high = units_.size() - 1;
  while (low < high) {
    const usize mid = (low + high) / 2;
    if (units_[mid].code <= offset) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  if (low == 0 || offset > u64{units_[low - 1].code} + units_[low - 1].size) return kNone;
  return static_cast<u32>(low - 1);
}

GuestRange Image::chunk_range(u32 n) const {
  const u64 size = u64{1} << header().chunk_bits, from = start() + (chunk_of(n) << header().chunk_bits);
  return {from, std::min(from + size, end())};
}

bool Image::check_chunk(u32 n, CodeSource& source) {
  std::atomic<Chunk>& chunk = chunks_[chunk_of(n)];
  if (const Chunk known = chunk.load(std::memory_order_relaxed); known != Chunk::Unknown)
    return known == Chunk::Good;
  const DigestKey& key = *part<DigestKey>(header().key_at);
  const u128* digests = part<u128>(header().digests_at);
  const GuestRange range = chunk_range(n);
  Chunk found = Chunk::Good;
  for (GuestAddr page = range.start; page < range.end && found == Chunk::Good; page += kDigestPage) {
    const u128 digest = digests[(page - start()) / kDigestPage];
    if (digest == kNoDigest) continue;
    const usize wanted = std::min<u64>(kDigestPage, range.end - page);
    const std::span<const u8> code = source.fetch(page);
    if (code.size() < wanted || page_digest(code.first(wanted), key) != digest) found = Chunk::Bad;
  }
  chunk.store(found, std::memory_order_release);
  return found == Chunk::Good;
}

}  // namespace veneer::tier1
