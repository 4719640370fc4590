#include "program/safe_syscall.h"

#include "program/guarded_code.h"
#include "program/thread.h"

namespace veneer {

s64 safe_syscall(Thread& thread, long number, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5) {
  return veneer_safe_syscall(&thread.cpu.pending, number, a0, a1, a2, a3, a4, a5);
}

}  // namespace veneer
