// /tmp/perf-PID.map, by which perf(1) names code that no file holds
// (tools/perf/Documentation/jit-interface.txt): a line "START SIZE NAME" a translation.
#pragma once

#include <functional>
#include <string>

#include "base/files.h"
#include "base/types.h"

namespace veneer::tier1 {

class PerfMap {
 public:
  using Namer = std::function<std::string(GuestAddr)>;
  explicit PerfMap(Namer namer) : namer_(std::move(namer)) {}

  bool wanted() const { return namer_ != nullptr; }
  // Of this process: again after a fork. What cannot be written is left out.
  void open();
  void add(u64 start, usize size, GuestAddr pc);

 private:
  Namer namer_;
  Fd file_;
};

}  // namespace veneer::tier1
