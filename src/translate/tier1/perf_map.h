// /tmp/perf-PID.map, by which perf(1) names code that no file holds
// (tools/perf/Documentation/jit-interface.txt): a line "START SIZE NAME" a translation.
#pragma once

#include <string_view>

#include "base/files.h"
#include "base/types.h"

namespace veneer::tier1 {

class PerfMap {
 public:
  // Of this process: again after a fork. What cannot be written is left out.
  void open();
  void add(u64 start, usize size, std::string_view name);

 private:
  Fd file_;
};

}  // namespace veneer::tier1
