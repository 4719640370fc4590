// Archives of any shape, unpacked into a directory that they must not leave: a file beside it stays as it is.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/files.h"
#include "image/archive.h"
#include "image/store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string top = "/tmp/veneer-fuzz-XXXXXX";
  if (!::mkdtemp(top.data())) return 0;
  const std::string inside = top + "/inside", outside = top + "/outside";
  (void)veneer::image::make_directories(inside);
  {
    const veneer::Fd file(::open(outside.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    (void)veneer::write_all(file.get(), "untouched");
  }
  const veneer::Fd source(::memfd_create("archive", MFD_CLOEXEC));
  (void)veneer::write_all(source.get(), {reinterpret_cast<const char*>(data), size});
  ::lseek(source.get(), 0, SEEK_SET);
  const veneer::Fd into(::open(inside.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  veneer::image::UnpackOptions options;
  options.whiteouts = veneer::image::Whiteouts::User;
  options.most_bytes = 1 << 20;
  options.most_entries = 1000;
  (void)veneer::image::unpack(source.get(), into.get(), options);
  if (veneer::read_file(outside.c_str()) != "untouched") std::abort();
  veneer::image::remove_tree(top);
  return 0;
}
