// Images: translations of file-backed code that are kept in files, made beforehand by one process and mapped by
// others (Translator::use_image). Position-independent on the host's side; for one address on the guest's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/errors.h"
#include "translate/translator.h"

namespace veneer {

// The code of which an image is made, and where it will be in the guest.
struct ImageSource {
  GuestAddr start = 0;                // a multiple of the page size
  std::span<const u8> code;           // as it is in the file
  std::vector<GuestAddr> entries;     // where code is known to begin: functions, say
  bool follow = true;                 // also what can be reached from there; otherwise blocks at entries alone
  usize most_units = usize{1} << 18;  // when there would be more, those that are found last are left out
};

struct ImageSummary {
  usize units = 0;
  u64 bytes = 0;       // of the file
  bool whole = false;  // no unit was left out for their number
};

// Writes an image to an empty file: for guests that start out with this floating-point control.
Result<ImageSummary> write_image(const GuestIsa& isa, u32 fpcr, const TranslatorOptions& options,
                                 const ImageSource& source, int fd);

// Is the file an image, and undamaged?
bool is_image(int fd);

// What an image has, or was found not to be able to have: distances from its start, ascending.
struct ImageContents {
  bool follows = false;  // ImageSource::follow
  std::vector<u32> blocks;
};
std::optional<ImageContents> read_image_contents(int fd);

// What, beside the guest's code, images depend on, as a part of a file name: the host features that translated
// code uses. (They also depend on the program that wrote them.)
std::string image_variant(const TranslatorOptions& options);

}  // namespace veneer
