// /tmp/jit-PID.dump, from which `perf inject --jit` makes files that perf(1) can annotate
// (tools/perf/Documentation/jitdump-specification.txt).
#pragma once

#include <string_view>

#include "base/files.h"
#include "base/types.h"

namespace veneer::tier1 {

class JitDump {
 public:
  JitDump() = default;
  JitDump(const JitDump&) = delete;
  JitDump& operator=(const JitDump&) = delete;
  ~JitDump();

  // Of this process: again after a fork. What cannot be written is left out.
  void open();
  void add(const u8* code, usize size, std::string_view name);

 private:
  Fd file_;
  void* marker_ = nullptr;  // perf record finds the file by this mapping of it
  u64 index_ = 0;
};

}  // namespace veneer::tier1
