// What only riscv64 has: arch/riscv/kernel/sys_hwprobe.c, sys_riscv.c.
#include <elf.h>
#include <cerrno>

#include "program/guest_memory.h"
#include "program/syscalls/table.h"

namespace veneer {

namespace {

bool is_riscv(const Thread& thread) {
  return thread.process.platform.abi->elf_machine == EM_RISCV;
}

struct Probe {
  s64 key;
  u64 value;
};

// uapi/asm/hwprobe.h. Of a key that is not known the answer is the key -1.
void answer(const GuestPlatform& platform, Probe& probe) {
  constexpr u64 kZicboz = u64{1} << 6, kZicbom = u64{1} << 55;  // of IMA_EXT_0
  constexpr u64 kFast = 3, kHighestAddress = (u64{1} << 47) - 1, kCounterFrequency = 1'000'000'000;
  switch (probe.key) {
    case 0:  // MVENDORID, MARCHID, MIMPID
    case 1:
    case 2: probe.value = 0; return;
    case 3: probe.value = platform.probed_base; return;
    case 4: probe.value = platform.probed; return;
    case 5:  // CPUPERF_0: misaligned accesses; 9 is the same
    case 9: probe.value = kFast; return;
    case 6:  // ZICBOZ_BLOCK_SIZE
      probe.value = platform.probed & kZicboz ? platform.cache_block : 0;
      return;
    case 12:  // ZICBOM_BLOCK_SIZE
      probe.value = platform.probed & kZicbom ? platform.cache_block : 0;
      return;
    case 7: probe.value = kHighestAddress; return;
    case 8: probe.value = kCounterFrequency; return;
    default: probe = {-1, 0}; return;
  }
}

}  // namespace

s64 sys_riscv_hwprobe(Thread& thread, const SyscallArgs& a) {
  if (!is_riscv(thread)) return -ENOSYS;
  // All processors are the same: which of them are asked about (a[2], a[3]) does not matter.
  if (a[4] != 0) return -EINVAL;
  for (u64 i = 0; i < a[1]; ++i) {
    Probe probe;
    if (!read_guest(a[0] + i * sizeof probe, probe)) return -EFAULT;
    answer(thread.process.platform, probe);
    if (!write_guest(a[0] + i * sizeof probe, probe)) return -EFAULT;
  }
  return 0;
}

s64 sys_riscv_flush_icache(Thread& thread, const SyscallArgs& a) {
  constexpr u64 kLocal = 1;
  if (!is_riscv(thread)) return -ENOSYS;
  if (a[2] & ~kLocal) return -EINVAL;
  thread.process.translator->invalidate(a[0], a[1]);
  return 0;
}

}  // namespace veneer
