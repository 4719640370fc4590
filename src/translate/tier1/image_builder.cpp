#include "translate/tier1/image_builder.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

#include "base/files.h"
#include "translate/tier1/compiler.h"
#include "translate/tier1/constants.h"
#include "translate/tier1/image_format.h"
#include "translate/tier1/page_digest.h"

namespace veneer::tier1 {
namespace {

// Jumps from one chunk to another are linked as they are taken, which costs time and copies of pages. But of a
// chunk all is compared that translations were made from, before the first of them is entered: some
// milliseconds of as much code as this. The chunks of more code are smaller, so that who uses little of it need
// not look at it all.
constexpr u64 kOneChunk = u64{32} << 20;
constexpr u32 kSmallChunkBits = 20;
// Of kept instructions before, and of host code after, what lies between: within reach of each other.
constexpr usize kMostKept = usize{256} << 20, kMostCode = usize{512} << 20;
constexpr usize kLeastSpace = usize{1} << 20;  // no unit comes near

constexpr usize page_up(usize n) {
  return (n + kImagePage - 1) & ~(kImagePage - 1);
}

struct Found {
  u32 pc, size;
  bool indirect;  // ends with an indirect jump or call, which counts its targets
};

// Finds the units: what can be reached from the entries without leaving the code or knowing its data.
class Discovery {
 public:
  Discovery(const GuestIsa& isa, const ImageSource& source, u32 chunk_bits)
      : isa_(isa),
        source_(source),
        chunk_bits_(chunk_bits),
        seen_((source.code.size() >> isa.alignment_bits()) + 1),
        used_(source.code.size() / kDigestPage + 1) {}

  void run() {
    for (const GuestAddr entry : source_.entries) note(entry);
    while (!waiting_.empty() && found_.size() < source_.most_units) {
      const GuestAddr pc = waiting_.back();
      waiting_.pop_back();
      visit(pc);
    }
    whole_ = waiting_.empty();
    std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.pc < b.pc; });
  }

  std::span<const Found> found() const { return found_; }
  // What cannot be a unit, in no order.
  std::span<const u32> refused() const { return refused_; }
  bool whole() const { return whole_; }
  usize profiles() const {
    return static_cast<usize>(
        std::count_if(found_.begin(), found_.end(), [](const Found& f) { return f.indirect; }));
  }
  // What begins there, of which no more than the page is looked at.
  std::span<const u8> glance(GuestAddr pc) {
    const u64 offset = pc - source_.start, page = offset / kDigestPage;
    used_[page] = 1;
    return source_.code.subspan(offset, std::min<u64>((page + 1) * kDigestPage, source_.code.size()) - offset);
  }
  // Has a unit been made from this page?
  bool uses_page(u64 page) const { return used_[page] != 0; }
  bool covers(GuestAddr pc) const { return pc - source_.start < source_.code.size(); }
  bool same_chunk(GuestAddr a, GuestAddr b) const {
    return covers(a) && covers(b) && (a - source_.start) >> chunk_bits_ == (b - source_.start) >> chunk_bits_;
  }
  void lift(GuestAddr pc, ir::Block& block) {
    const u64 offset = pc - source_.start, chunk_end = ((offset >> chunk_bits_) + 1) << chunk_bits_;
    const auto code = source_.code.subspan(offset, std::min<u64>(chunk_end, source_.code.size()) - offset);
    // Whatever else a guest may come to want of its translations, these have it: they count until they are hot.
    isa_.lift(pc, code, {.check_sp = true}, block);
    used_[offset / kDigestPage] = used_[(block.end_pc - source_.start - 1) / kDigestPage] = 1;
  }

 private:
  void note(GuestAddr pc) {
    if (!covers(pc) || !isa_.is_aligned(pc)) return;
    u8& seen = seen_[(pc - source_.start) >> isa_.alignment_bits()];
    if (seen) return;
    seen = 1;
    waiting_.push_back(pc);
  }
  void visit(GuestAddr pc) {
    lift(pc, block_);
    const ir::Inst& end = block_.insts.back();
    const bool returns = static_cast<ir::BranchKind>(end.aux) == ir::BranchKind::Return;
    const bool calls = static_cast<ir::BranchKind>(end.aux) == ir::BranchKind::Call;
    // What is no instruction is no code: data between functions, or another one's jump table.
    if (end.op == ir::Op::Trap && block_.guest_insns == 1 &&
        static_cast<ir::TrapKind>(end.aux) != ir::TrapKind::Breakpoint) {
      refused_.push_back(static_cast<u32>(pc - source_.start));
      return;
    }
    // Units of images are for every mode.
    if (block_.mode.reads) {
      refused_.push_back(static_cast<u32>(pc - source_.start));
    } else {
      found_.push_back({.pc = static_cast<u32>(pc - source_.start),
                        .size = static_cast<u32>(block_.end_pc - pc),
                        .indirect = end.op == ir::Op::BranchInd && !returns});
    }
    if (!source_.follow) return;
    if (end.op == ir::Op::Branch || end.op == ir::Op::BranchCond || end.op == ir::Op::BranchMode ||
        end.op == ir::Op::BranchAnyMode)
      note(end.imm);
    if (end.op == ir::Op::BranchCond || end.op == ir::Op::Syscall ||
        ((end.op == ir::Op::Branch || end.op == ir::Op::BranchInd) && calls))
      note(block_.end_pc);
  }

  const GuestIsa& isa_;
  const ImageSource& source_;
  u32 chunk_bits_;
  std::vector<u8> seen_;  // by the distance of a block
  std::vector<u8> used_;  // by page
  std::vector<u32> refused_;
  std::vector<GuestAddr> waiting_;
  std::vector<Found> found_;
  ir::Block block_;
  bool whole_ = true;
};

// The parts that refer to each other, as they will be in the file: kept instructions grow down from the middle.
class Space final : public KeptInsts {
 public:
  Space(usize units, usize profiles)
      : fixed_(page_up(units * sizeof(s32) + profiles * sizeof(IndirectProfile) + 16) + kImagePage),
        size_(kMostKept + fixed_ + kMostCode) {
    void* p =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<u8*>(p);
    middle_ = kept_ = base_ + kMostKept;
    counts_ = static_cast<s32*>(static_cast<void*>(middle_));
    profiles_ =
        static_cast<IndirectProfile*>(static_cast<void*>(middle_ + (units * sizeof(s32) + 15) / 16 * 16));
    thunks_ = middle_ + fixed_ - kImagePage;
    code_ = free_ = middle_ + fixed_;
  }
  ~Space() override { ::munmap(base_, size_); }
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const ir::Inst* keep(const ir::Inst& in) override {
    static_assert(std::is_trivially_copyable_v<ir::Inst> && sizeof(ir::Inst) % alignof(ir::Inst) == 0);
    kept_ -= sizeof in;
    std::memcpy(kept_, &in, sizeof in);
    return static_cast<const ir::Inst*>(static_cast<const void*>(kept_));
  }
  bool is_full() const {
    return static_cast<usize>(base_ + size_ - free_) < kLeastSpace ||
           static_cast<usize>(kept_ - base_) < kLeastSpace;
  }
  std::span<u8> free_space() const { return {free_, static_cast<usize>(base_ + size_ - free_)}; }
  void take(usize bytes) { free_ += (bytes + 15) / 16 * 16; }
  u64 thunk(Thunk t) const {
    return reinterpret_cast<u64>(thunks_ +
                                 static_cast<usize>(t) * kThunkSize);  // NOLINT: an address in emitted code
  }
  // What goes into the file, from a page's start on.
  std::span<const u8> contents() const {
    const u8* first = base_ + (static_cast<usize>(kept_ - base_) & ~(kImagePage - 1));
    return {first, static_cast<usize>(free_ - first)};
  }
  // In the file, when contents() is at `at`.
  u64 offset(const void* p, u64 at) const {
    return at + static_cast<u64>(static_cast<const u8*>(p) - contents().data());
  }

  s32* counts() const { return counts_; }
  IndirectProfile* profiles() const { return profiles_; }
  const u8* thunks() const { return thunks_; }
  const u8* code() const { return code_; }

 private:
  usize fixed_, size_;
  u8 *base_ = nullptr, *middle_ = nullptr, *kept_ = nullptr, *thunks_ = nullptr, *code_ = nullptr,
     *free_ = nullptr;
  s32* counts_ = nullptr;
  IndirectProfile* profiles_ = nullptr;
};

// How much code will be looked at.
u64 bytes_used(const ImageSource& source) {
  if (source.follow) return source.code.size();
  std::vector<u64> pages;
  pages.reserve(source.entries.size());
  for (const GuestAddr entry : source.entries) pages.push_back((entry - source.start) / kDigestPage);
  std::sort(pages.begin(), pages.end());
  return static_cast<u64>(std::unique(pages.begin(), pages.end()) - pages.begin()) * kDigestPage;
}

class Builder {
 public:
  Builder(const GuestIsa& isa, const HostFeatures& host, FpMode mode, const ImageSource& source)
      : isa_(isa),
        host_(host),
        mode_(mode),
        source_(source),
        chunk_bits_(bytes_used(source) <= kOneChunk ? 32 : kSmallChunkBits),
        discovery_(isa, source, chunk_bits_) {}

  Result<ImageSummary> build(int fd) {
    discovery_.run();
    Space space(discovery_.found().size(), discovery_.profiles());
    compile_all(space);
    link_all(space);
    return write(space, fd);
  }

 private:
  void compile_all(Space& space) {
    const Routines routines{.leave = space.thunk(Thunk::Leave),
                            .link = space.thunk(Thunk::Link),
                            .indirect = space.thunk(Thunk::Indirect),
                            .entry = space.thunk(Thunk::Entry),
                            .fallback = space.thunk(Thunk::Fallback)};
    GuestAddr current = 0;
    Compiler compiler(host_, routines, space,
                      CompileHost{.flags_live_at =
                                      [&](GuestAddr pc) {
                                        return !isa_.is_aligned(pc) || !discovery_.same_chunk(current, pc) ||
                                               !isa_.flags_dead_at(discovery_.glance(pc), true);
                                      },
                                  .new_link =
                                      [&](Unit&, GuestAddr target) {
                                        made_.push_back({.target = target});
                                        links_.push_back({.from = static_cast<u32>(units_.size()),
                                                          .site = 0,
                                                          .stub = 0,
                                                          .target = target});
                                        return static_cast<u32>(links_.size() - 1);
                                      },
                                  .link = [&](u32 number) -> Link& { return made_[number - links_before_]; },
                                  .usual_target = [](GuestAddr, const Unit&) { return GuestAddr{0}; },
                                  .space = [&] { return space.free_space(); },
                                  .alignment_bits = isa_.alignment_bits(),
                                  .model = CodeModel::Image});
    ir::Block block;
    for (const Found& found : discovery_.found()) {
      if (space.is_full() || links_.size() + 8 >= usize{1} << kImageLinkBits) {
        whole_ = false;
        break;
      }
      current = source_.start + found.pc;
      discovery_.lift(current, block);
      compile_one(space, compiler, found, block);
    }
    units_.push_back({.pc = static_cast<u32>(source_.code.size()),
                      .code = static_cast<u32>(space.free_space().data() - space.code()),
                      .size = 0,
                      .leave = 0,
                      .first_fault = static_cast<u32>(faults_.size()),
                      .profile = kNoProfile,
                      .guest_size = 0});
  }

  void compile_one(Space& space, Compiler& compiler, const Found& found, const ir::Block& block) {
    Unit unit;
    unit.pc = block.pc;
    unit.mode = mode_;
    unit.exact_underflow = unit.keep_flags_for_faults = unit.counts_atomics = true;
    unit.counts = true;
    unit.count = space.counts() + units_.size();
    if (found.indirect) unit.profile = space.profiles() + profiles_;
    made_.clear();
    links_before_ = static_cast<u32>(links_.size());
    usize size = 0;
    try {
      size = compiler.compile(unit, std::span(&block, 1));
    } catch (const Emitter::NotForImages&) {
      size = 0;
    }
    if (size == 0) {
      links_.resize(links_before_);
      refused_.push_back(found.pc);
      return;
    }
    *unit.count = kHotCountOfImages;
    for (usize i = 0; i < made_.size(); ++i) {
      links_[links_before_ + i].site = made_[i].site;
      links_[links_before_ + i].stub = made_[i].stub;
    }
    units_.push_back({.pc = found.pc,
                      .code = static_cast<u32>(space.free_space().data() - space.code()),
                      .size = unit.size,
                      .leave = unit.leave_offset,
                      .first_fault = static_cast<u32>(faults_.size()),
                      .profile = found.indirect ? profiles_++ : kNoProfile,
                      .guest_size = found.size});
    const auto faults = compiler.faults();
    faults_.insert(faults_.end(), faults.begin(), faults.end());
    space.take(size);
  }

  // Null when there is no unit.
  const ImageUnit* unit_of(GuestAddr pc) const {
    const u64 offset = pc - source_.start;
    const auto last = units_.end() - 1;
    const auto at =
        std::lower_bound(units_.begin(), last, offset, [](const ImageUnit& u, u64 o) { return u.pc < o; });
    return at != last && at->pc == offset ? &*at : nullptr;
  }

  void link_all(Space& space) {
    u8* code = const_cast<u8*>(space.code());
    for (const ImageLink& link : links_) {
      const ImageUnit& from = units_[link.from];
      if (!discovery_.same_chunk(source_.start + from.pc, link.target)) continue;
      const ImageUnit* to = unit_of(link.target);
      if (!to) continue;
      const s64 displacement = s64{to->code} - (s64{from.code} + link.site + 4);
      const s32 narrow = static_cast<s32>(displacement);
      std::memcpy(code + from.code + link.site, &narrow, sizeof narrow);
    }
  }

  std::vector<u32> page_index() const {
    std::vector<u32> index;
    const usize pages = (source_.code.size() + kDigestPage - 1) / kDigestPage;
    u32 n = 0;
    for (usize page = 0; page <= pages; ++page) {
      while (n + 1 < units_.size() && units_[n].pc < page * kDigestPage) ++n;
      index.push_back(n);
    }
    return index;
  }

  template <typename T>
  static u64 append(std::string& out, std::span<const T> values) {
    out.resize((out.size() + 15) / 16 * 16);
    const u64 at = out.size();
    out.append(static_cast<const char*>(static_cast<const void*>(values.data())), values.size_bytes());
    return at;
  }

  Result<ImageSummary> write(const Space& space, int fd) const {
    // Drawn last: nobody could know it who chose the code.
    DigestKey key;
    usize drawn = 0;
    while (drawn < sizeof key) {
      const ssize_t n =
          ::getrandom(static_cast<u8*>(static_cast<void*>(key.data())) + drawn, sizeof key - drawn, 0);
      if (n < 0 && errno != EINTR) return failed(errno, "draw an image's key");
      if (n > 0) drawn += static_cast<usize>(n);
    }
    std::vector<u128> digests;
    for (usize at = 0; at < source_.code.size(); at += kDigestPage) {
      const auto page = source_.code.subspan(at, std::min(kDigestPage, source_.code.size() - at));
      digests.push_back(discovery_.uses_page(at / kDigestPage) ? page_digest(page, key) : kNoDigest);
    }
    std::vector<u32> refused = refused_;
    refused.insert(refused.end(), discovery_.refused().begin(), discovery_.refused().end());
    std::sort(refused.begin(), refused.end());

    ImageHeader h;
    h.mode = static_cast<u32>(mode_);
    h.start = source_.start;
    h.code_bytes = source_.code.size();
    h.chunk_bits = chunk_bits_;
    h.units = static_cast<u32>(units_.size() - 1);
    h.faults = static_cast<u32>(faults_.size());
    h.links = static_cast<u32>(links_.size());
    h.profiles = profiles_;
    h.refused = static_cast<u32>(refused.size());
    h.whole = source_.follow ? 1 : 0;
    std::string front(sizeof h, '\0');
    h.key_at = append(front, std::span<const u64>(key));
    h.digests_at = append(front, std::span<const u128>(digests));
    h.index_at = append(front, std::span<const u32>(page_index()));
    h.units_at = append(front, std::span<const ImageUnit>(units_));
    h.faults_at = append(front, std::span<const FaultPoint>(faults_));
    h.links_at = append(front, std::span<const ImageLink>(links_));
    h.refused_at = append(front, std::span<const u32>(refused));
    front.resize(page_up(front.size()));
    h.counts_at = space.offset(space.counts(), front.size());
    h.profiles_at = space.offset(space.profiles(), front.size());
    h.thunks_at = space.offset(space.thunks(), front.size());
    h.host_code_at = space.offset(space.code(), front.size());
    const std::span<const u8> rest = space.contents();
    h.file_size = front.size() + rest.size();
    h.check = image_check(h);
    std::memcpy(front.data(), &h, sizeof h);
    const std::string_view body(static_cast<const char*>(static_cast<const void*>(rest.data())), rest.size());
    if (!write_all(fd, front) || !write_all(fd, body)) return failed(errno, "write an image");
    return ImageSummary{
        .units = units_.size() - 1, .bytes = h.file_size, .whole = whole_ && discovery_.whole()};
  }

  const GuestIsa& isa_;
  const HostFeatures& host_;
  FpMode mode_;
  const ImageSource& source_;
  u32 chunk_bits_;
  Discovery discovery_;
  std::vector<ImageUnit> units_;
  std::vector<FaultPoint> faults_;
  std::vector<ImageLink> links_;
  std::vector<u32> refused_;  // by the compiler
  std::vector<Link> made_;    // of the unit being compiled
  u32 links_before_ = 0, profiles_ = 0;
  bool whole_ = true;
};

}  // namespace

Result<ImageSummary> build_image(const GuestIsa& isa, const HostFeatures& host, FpMode mode,
                                 const ImageSource& source, int fd) {
  return Builder(isa, host, mode, source).build(fd);
}

}  // namespace veneer::tier1
