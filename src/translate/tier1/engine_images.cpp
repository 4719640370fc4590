// Units of images: found when they are wanted. Until then they are only known by their image's tables, though
// they may have run, when others of the image led to them.
#include "translate/tier1/engine.h"
#include "translate/tier1/patch.h"
#include "translate/tier1/unit_key.h"

namespace veneer::tier1 {

// Not where each unit is to be seen, or counted, as it is made.
bool Engine::can_use_images() const {
  return options_.tier == TranslatorOptions::Tier::Adaptive && !options_.trace && !names_.wanted() &&
         !options_.dump_ir && !options_.dump_guest && !options_.dump_host;
}

bool Engine::use_image(int fd, GuestAddr start) {
  if (!can_use_images()) return false;
  const std::lock_guard lock(mutex_);
  const usize n = image_count_.load(std::memory_order_relaxed);
  if (n == kMaxImages || flushing_) return false;
  CpuState first;
  first.fpcr = options_.initial_fpcr;
  images_[n] = Image::map(fd, cache_.image_space().subspan(image_space_used_), start, mode_of(first),
                          {.routines = trampolines_.routines, .number = static_cast<u32>(n)});
  if (!images_[n]) return false;
  image_space_used_ += images_[n]->mapped_size();
  image_count_.store(n + 1, std::memory_order_release);
  return true;
}

void Engine::watch_code(GuestAddr start, u64 bytes) {
  const std::lock_guard lock(mutex_);
  if (can_use_images()) lifted_code_.watch(start, bytes);
}

Translator::CodeWatched Engine::watched_code(GuestAddr start) {
  Translator::CodeWatched out{.missing = lifted_code_.blocks(start)};
  const std::lock_guard lock(mutex_);
  for (usize i = image_count_.load(std::memory_order_relaxed); i-- > 0;) {
    const Image& image = *images_[i];
    if (image.start() != start) continue;
    // Blocks of it are lifted, too, when they are hot.
    std::erase_if(out.missing, [&](u32 block) {
      return image.find(start + block) != Image::kNone || image.refuses(start + block);
    });
    out.in_image = image.units();
    break;
  }
  return out;
}

// May there be a unit in an image? By any thread.
bool Engine::in_image(GuestAddr pc, FpMode mode) const {
  for (usize i = 0; i < image_count_.load(std::memory_order_acquire); ++i) {
    const Image& image = *images_[i];
    if (image.mode() != mode) continue;
    const u32 n = image.find(pc);
    if (n != Image::kNone && !image.is_dead(n) && image.chunk(n) != Image::Chunk::Bad) return true;
  }
  return false;
}

// Under the lock; null when there is none.
Unit* Engine::unit_of_image(GuestAddr pc, FpMode mode) {
  // The latest first: the same code may have been mapped before.
  for (usize i = image_count_.load(std::memory_order_relaxed); i-- > 0;) {
    Image& image = *images_[i];
    if (image.mode() != mode) continue;
    const u32 n = image.find(pc);
    if (n == Image::kNone || image.is_dead(n)) continue;
    if (image.chunk(n) == Image::Chunk::Unknown) {
      const GuestRange range = image.chunk_range(n);
      if (!isa_.names_changed_code() && source_.may_change(range.start, range.end)) continue;
      // As in lift(): before it is read.
      for (GuestAddr page = range.start; page < range.end; page += kPage)
        __atomic_store_n(&code_pages_[code_page_index(page)], 1, __ATOMIC_SEQ_CST);
    }
    if (image.check_chunk(n, source_)) return unit_of_image(i, n);
  }
  return nullptr;
}

Unit* Engine::unit_of_image(usize number, u32 n) {
  Image& image = *images_[number];
  const GuestAddr pc = image.pc(n);
  if (image.made(n)) return image.made(n);
  if (units_.size() + 1 >= kMaxUnits) return nullptr;
  const ImageUnit& from = image.unit(n);
  Unit& unit = units_.emplace_back();
  unit.pc = pc;
  unit.code = image.code(n);
  unit.size = from.size;
  unit.leave_offset = from.leave;
  unit.mode = image.mode();
  unit.count = image.count(n);
  if (IndirectProfile* profile = image.profile(n)) unit.profile = profile;
  unit.counts = unit.of_image = true;
  unit.exact_underflow = unit.keep_flags_for_faults = unit.counts_atomics = true;
  unit.pins = &kNoPins;
  unit.faults = image.faults(n);
  image.made(n) = &unit;
  if (!image.is_dead(n)) by_pc_.set(key_of(pc, unit.mode), &unit);
  return &unit;
}

// Under the lock.
Unit* Engine::known_unit(GuestAddr pc, FpMode mode, u8 isa_mode) {
  if (Unit* unit = find_unit(pc, mode, isa_mode)) return unit;
  return unit_of_image(pc, mode);
}

// The unit that has been left at its entry; under the lock.
Unit& Engine::entered_unit(u64 host_pc) {
  if (Unit* unit = unit_at(host_pc)) return *unit;
  for (usize i = 0;; ++i) {
    const u32 n = images_[i]->at_code(host_pc);
    if (n != Image::kNone) return *unit_of_image(i, n);
  }
}

// How often the unit may still be executed, when that is counted.
s32* Engine::count_of(u64 host_pc) const {
  if (const Unit* unit = unit_at(host_pc)) return unit->counts ? unit->count : nullptr;
  for (usize i = 0; i < image_count_.load(std::memory_order_acquire); ++i) {
    const u32 n = images_[i]->at_code(host_pc);
    if (n != Image::kNone) return images_[i]->is_dead(n) ? nullptr : images_[i]->count(n);
  }
  return nullptr;
}

GuestAddr Engine::link_target(u32 number) {
  if (!(number & kImageLink)) return links_[number].target;
  const u32 image = (number & ~kImageLink) >> kImageLinkBits;
  return images_[image]->link(number & ((u32{1} << kImageLinkBits) - 1))->target;
}

// Under the lock. Null when there is nothing to be linked.
Link* Engine::link_of(u32 number) {
  if (!(number & kImageLink)) return &links_[number];
  Link*& known = image_links_[number];
  if (known) return known;
  const u32 at = (number & ~kImageLink) >> kImageLinkBits;
  const ImageLink& link = *images_[at]->link(number & ((u32{1} << kImageLinkBits) - 1));
  if (images_[at]->is_dead(link.from)) return nullptr;
  Unit* from = unit_of_image(at, link.from);
  if (!from || !links_.push_back({.from = from, .target = link.target, .site = link.site, .stub = link.stub}))
    return nullptr;
  return known = &links_[links_.size() - 1];
}

// Whoever jumps to an image's unit of the same code arrives in the new one.
void Engine::supersede_in_images(const Unit& unit) {
  for (usize i = 0; i < image_count_.load(std::memory_order_relaxed); ++i) {
    Image& image = *images_[i];
    const u32 n = image.mode() == unit.mode ? image.find(unit.pc) : Image::kNone;
    if (n == Image::kNone || image.chunk(n) != Image::Chunk::Good) continue;
    image.kill(n);
    patch_entry(image.code(n), unit.code);
  }
}

// Code that changed, as invalidate(): what has not been looked at yet will be found to differ.
void Engine::drop_in_images(GuestAddr start, GuestAddr end) {
  for (usize i = 0; i < image_count_.load(std::memory_order_relaxed); ++i) {
    Image& image = *images_[i];
    const Image::Units units = image.in_range(start, end);
    for (u32 n = units.first; n < units.last; ++n) {
      const GuestAddr pc = image.pc(n);
      if (pc >= end || pc + image.unit(n).guest_size <= start || image.is_dead(n)) continue;
      if (image.chunk(n) != Image::Chunk::Good) continue;
      image.kill(n);
      if (Unit* unit = image.made(n)) {
        drop(*unit);
      } else {
        patch_entry(image.code(n), image.code(n) + image.unit(n).leave);
      }
    }
  }
}

}  // namespace veneer::tier1
