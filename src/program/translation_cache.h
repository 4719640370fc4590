// The cache of translations on disk, as a process uses it: a directory of images (translate/image.h), one for
// each piece of code at each address.
//
//   secret                 by which the addresses of position-independent code are chosen
//   VERSION/NAME.image     VERSION: of veneer and of what the host's processor offers; NAME: see image_name()
//   VERSION/NAME.wanted    somebody is making it, or has tried in vain: of these blocks, or of all
//
// An image is taken for what its name says only until its digests have been compared with the code in memory
// (translate/tier1/page_digest.h). Who writes to the directory is trusted: it is opened only if nobody else
// can, and a zone's processes are given it on a mount that cannot be written to.
#pragma once

#include <sys/types.h>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/push_list.h"
#include "program/self_exe.h"
#include "translate/image.h"
#include "translate/translator.h"

namespace veneer {

// Code of a file as it is mapped, or will be: what an image is made of.
struct MappedCode {
  std::string path;  // on the host; empty when it has none
  u64 offset = 0;    // in the file, of `start`
  GuestAddr start = 0;
};

class TranslationCache {
 public:
  TranslationCache() = default;
  // The user's own; where `inherited` is a descriptor, the one that it is of. Does nothing where there is none.
  // `variant`: GuestIsa::variant() of the process's own instruction set.
  TranslationCache(int inherited, const TranslatorOptions& options, std::string_view variant = {});

  bool enabled() const { return enabled_; }
  int directory() const { return directory_.fd(); }
  bool is(int fd) const { return directory_.is(fd); }
  // Is this file of a zone's, which its processes are not to see?
  bool hides(int fd) const;
  bool can_write() const { return writable_; }

  // Where to map what is to be at the same place in all processes, because its name or size is the same.
  static constexpr u64 kAlign = u64{64} << 10;
  GuestAddr place(u64 size) const;
  u64 place_bits(u64 what) const;  // as many random bits, always the same for `what`

  // Gives the translator the image of what a guest has mapped from the file, from `start` on. Where this
  // process may have images made, the translator is to remember what there was none of.
  void offer(Translator& translator, int fd, u64 offset, GuestAddr start, u64 bytes);
  // Of what the images lack too much, or everything, and which nobody else has undertaken to make; then it
  // counts as undertaken.
  std::vector<MappedCode> take_missing(Translator& translator);

  // For who makes images: an image's name, by the file's digest (base/translations.h); and a file without a
  // name, which keep_image() gives that name to, replacing what has it.
  std::string image_name(u64 digest, u64 offset, GuestAddr start, std::string_view variant) const;
  std::optional<ImageContents> image_contents(const std::string& name) const;
  // The blocks that are wanted of it, by their distance from its start; empty: all.
  std::vector<u32> wanted_blocks(const std::string& name) const;
  Result<Fd> new_image() const;
  Failure keep_image(const Fd& file, const std::string& name) const;
  // Nothing more is wanted of it.
  void settle(const std::string& name) const;

  // The user's directory, with what belongs in it.
  static Failure make(const std::string& directory);
  const std::string& version() const { return version_; }

 private:
  bool open_user();
  bool read_secret();

  SelfExe directory_;  // a descriptor that the guest does not see
  bool enabled_ = false, writable_ = false;
  u64 mount_ = 0;  // of a zone's directory
  std::array<u64, 2> secret_{};
  std::string version_, variant_;
  struct Offered {
    MappedCode code;
    std::string image;  // its name
    ino_t used;         // the image that is being used; 0: none
  };
  bool undertake(const Offered& code, std::span<const u32> blocks) const;
  std::unique_ptr<PushList<Offered>> offered_;  // null where nothing can be written
};

}  // namespace veneer
