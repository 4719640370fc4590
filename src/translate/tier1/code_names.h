// --perf: tells the host's tools what translated code is, by the names of the guest's functions.
#pragma once

#include <functional>
#include <string>

#include "translate/tier1/gdb_jit.h"
#include "translate/tier1/jit_dump.h"
#include "translate/tier1/perf_map.h"

namespace veneer::tier1 {

class CodeNames {
 public:
  using Namer = std::function<std::string(GuestAddr)>;
  explicit CodeNames(Namer namer) : namer_(std::move(namer)) {}

  bool wanted() const { return namer_ != nullptr; }
  // Of this process: again after a fork, when all code is to be added again.
  void open() {
    perf_map_.open();
    jit_dump_.open();
    gdb_.clear();
  }
  void add(const u8* code, usize size, GuestAddr pc) {
    const std::string name = namer_(pc);
    perf_map_.add(reinterpret_cast<u64>(code), size, name);  // NOLINT: an address to tell
    jit_dump_.add(code, size, name);
    gdb_.add(code, size, name);
  }
  // The code's memory is being used again.
  void forget() { gdb_.clear(); }

 private:
  Namer namer_;
  PerfMap perf_map_;
  JitDump jit_dump_;
  GdbJit gdb_;
};

}  // namespace veneer::tier1
