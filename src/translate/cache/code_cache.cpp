#include "translate/cache/code_cache.h"

#include <sys/mman.h>
#include <new>

namespace veneer {

namespace {
constexpr usize kAlign = 16;
}

CodeCache::CodeCache(usize size, usize image_space) : size_(size), image_space_(image_space) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* p = ::mmap(nullptr, size + image_space, PROT_NONE, kFlags, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<u8*>(p);
  if (::mmap(base_, size, PROT_READ | PROT_WRITE | PROT_EXEC, kFlags | MAP_FIXED, -1, 0) == MAP_FAILED) {
    ::munmap(base_, size + image_space);
    throw std::bad_alloc();
  }
}

CodeCache::~CodeCache() {
  ::munmap(base_, size_ + image_space_);
}

void CodeCache::take(usize bytes) {
  used_ += (bytes + kAlign - 1) / kAlign * kAlign;
}

}  // namespace veneer
