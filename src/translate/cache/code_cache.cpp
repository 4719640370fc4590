#include "translate/cache/code_cache.h"

#include <sys/mman.h>
#include <new>

namespace veneer {

namespace {
constexpr usize kAlign = 16;
}

CodeCache::CodeCache(usize size) : size_(size) {
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<u8*>(p);
}

CodeCache::~CodeCache() {
  ::munmap(base_, size_);
}

void CodeCache::take(usize bytes) {
  used_ += (bytes + kAlign - 1) / kAlign * kAlign;
}

}  // namespace veneer
