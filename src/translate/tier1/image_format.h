// An image: the translation of one piece of code, such as a library's, as a file that processes map.
//
// Parts, at the offsets that the header says:
//   header | key, page digests | index, units, faults, links, refused | kept instructions | counts | profiles |
//   thunks | code
// From the kept instructions on, parts refer to each other by distances, so that the file works wherever it is
// mapped. Jumps to the translator's routines go to the thunks, one page, which who maps the file writes.
//
// Guest code is divided into chunks. Jumps within a chunk are direct; no unit crosses into another one, nor
// relies on what another one holds, so that a chunk's code is checked (page_digest.h) when it is first entered:
// the pages of it that units were made from.
#pragma once

#include "translate/tier1/unit.h"

namespace veneer::tier1 {

constexpr u32 kImageVersion = 3;
constexpr u64 kImageMagic = 0x6567'616d'6972'6e76;  // "vnrimage"
constexpr usize kImagePage = 4096;

struct ImageHeader {
  u64 magic = kImageMagic;
  u32 version = kImageVersion;
  u32 mode = 0;         // FpMode of its units
  GuestAddr start = 0;  // of the guest's code, a multiple of the page size
  u64 code_bytes = 0;   // of the guest's code
  u32 chunk_bits = 0;
  u32 units = 0, faults = 0, links = 0, profiles = 0, refused = 0;
  u32 whole = 0;     // 1: of all that follows from where code is known to begin, not only of what was asked for
  u32 reserved = 0;  // no padding
  u64 key_at = 0, digests_at = 0, index_at = 0, units_at = 0, faults_at = 0, links_at = 0, refused_at = 0;
  u64 counts_at = 0, profiles_at = 0, thunks_at = 0, host_code_at = 0;
  u64 file_size = 0;
  u64 check = 0;  // of all before it
};

// By ascending pc, and so by ascending code. One more follows the last.
struct ImageUnit {
  u32 pc;     // from the start of the guest's code
  u32 code;   // from the start of the host's code
  u32 size;   // of the host's code
  u32 leave;  // Unit::leave_offset
  u32 first_fault;
  u32 profile;     // or kNoProfile
  u32 guest_size;  // bytes
};
constexpr u32 kNoProfile = ~u32{0};

// Of a page that no unit was made from. (Another's digest is that with a probability of 2^-64 at most.)
constexpr u128 kNoDigest = 0;

// A jump or call that is yet to be linked, or leads to a unit of the same chunk.
struct ImageLink {
  u32 from;  // the unit's number
  u32 site;  // from the start of the unit's code
  u32 stub;  // likewise
  GuestAddr target;
};

// The routines that thunks lead to, in their order.
enum class Thunk : u8 { Leave, Link, Indirect, Entry, Fallback };
constexpr usize kThunkCount = 5, kThunkSize = 32;

// Links of images are numbered apart from others: this bit, the image's number, the link's.
constexpr u32 kImageLink = u32{1} << 31;
constexpr unsigned kImageLinkBits = 24;
constexpr usize kMaxImages = 64;

// FNV-1a, against what is torn or stale; not against who means harm.
inline u64 image_check(const ImageHeader& header) {
  u64 hash = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const u8*>(&header);  // NOLINT: the bytes of a structure without padding
  for (usize i = 0; i < offsetof(ImageHeader, check); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

}  // namespace veneer::tier1
