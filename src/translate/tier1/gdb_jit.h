// Names of translated code for a gdb that debugs veneer itself ("JIT Compilation Interface" in gdb's manual): a
// small ELF image a translation, in a list that gdb knows by name.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "base/types.h"

namespace veneer::tier1 {

class GdbJit {
 public:
  GdbJit() = default;
  GdbJit(const GdbJit&) = delete;
  GdbJit& operator=(const GdbJit&) = delete;
  ~GdbJit() { clear(); }

  void add(const u8* code, usize size, std::string_view name);
  // The code's memory is being used again.
  void clear();

  // struct jit_code_entry, with what it points to.
  struct Entry {
    Entry* next = nullptr;
    Entry* previous = nullptr;
    const char* image = nullptr;
    u64 size = 0;
    std::string storage;
  };

 private:
  std::deque<Entry> entries_;
};

}  // namespace veneer::tier1
