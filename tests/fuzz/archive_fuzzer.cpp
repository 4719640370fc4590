// Archives of any shape, unpacked into a directory that they must not leave: a file beside it stays as it is.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/files.h"
#include "image/archive.h"
#include "image/store.h"
#include "scratch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Scratch scratch;
  if (!scratch) return 0;
  const std::string inside = scratch.top() + "/inside";
  (void)veneer::image::make_directories(inside);
  const veneer::Fd source(::memfd_create("archive", MFD_CLOEXEC));
  (void)veneer::write_all(source.get(), {reinterpret_cast<const char*>(data), size});
  ::lseek(source.get(), 0, SEEK_SET);
  const veneer::Fd into(::open(inside.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  veneer::image::UnpackOptions options;
  options.whiteouts = veneer::image::Whiteouts::User;
  options.most_bytes = 1 << 20;
  options.most_entries = 1000;
  (void)veneer::image::unpack(source.get(), into.get(), options);
  return 0;
}
