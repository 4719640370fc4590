#include "program/elf_file.h"

#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

namespace veneer {

ElfFile::ElfFile(int fd) : fd_(fd) {
  struct stat st{};
  if (::fstat(fd, &st) == 0) {
    size_ = static_cast<u64>(st.st_size);
    dev = st.st_dev;
    ino = st.st_ino;
  }
  ssize_t n = ::pread(fd, head_, sizeof head_, 0);
  head_size_ = n > 0 ? static_cast<usize>(n) : 0;
}

bool ElfFile::read(u64 offset, void* out, usize size) const {
  if (offset <= head_size_ && size <= head_size_ - offset) {
    std::memcpy(out, head_ + offset, size);
    return true;
  }
  if (offset > size_ || size > size_ - offset) return false;
  for (usize done = 0; done < size;) {
    ssize_t n = ::pread(fd_, static_cast<char*>(out) + done, size - done, static_cast<off_t>(offset + done));
    if (n <= 0) return false;
    done += static_cast<usize>(n);
  }
  return true;
}

}  // namespace veneer
