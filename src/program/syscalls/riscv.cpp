// What only riscv64 has: arch/riscv/kernel/sys_hwprobe.c, sys_riscv.c.
#include <elf.h>
#include <sys/syscall.h>
#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/files.h"
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

// uapi/asm/hwprobe.h.
constexpr s64 kBaseBehavior = 3, kExtensions = 4, kPerformance = 5;

// False for a key that is not known.
bool answer(const GuestPlatform& platform, Probe& probe) {
  // Of IMA_EXT_0.
  constexpr u64 kZicboz = u64{1} << 6, kZicbom = u64{1} << 55, kZicbop = u64{1} << 60;
  constexpr u64 kFast = 3, kNoVectors = 4, kHighestAddress = (u64{1} << 47) - 1,
                kCounterFrequency = 1'000'000'000;
  const auto block_of = [&](u64 extension) { return platform.probed & extension ? platform.cache_block : 0; };
  switch (probe.key) {
    case 0:  // MVENDORID, MARCHID, MIMPID
    case 1:
    case 2: probe.value = 0; return true;
    case kBaseBehavior: probe.value = platform.probed_base; return true;
    case kExtensions: probe.value = platform.probed; return true;
    case kPerformance:  // of misaligned accesses; 9 is the same
    case 9: probe.value = kFast; return true;
    case 6: probe.value = block_of(kZicboz); return true;   // ZICBOZ_BLOCK_SIZE
    case 12: probe.value = block_of(kZicbom); return true;  // ZICBOM_BLOCK_SIZE
    case 15: probe.value = block_of(kZicbop); return true;  // ZICBOP_BLOCK_SIZE
    case 7: probe.value = kHighestAddress; return true;
    case 8: probe.value = kCounterFrequency; return true;
    case 10: probe.value = kNoVectors; return true;  // MISALIGNED_VECTOR_PERF
    case 11:                                         // extensions of vendors
    case 13:
    case 14: probe.value = 0; return true;
    default: probe = {-1, 0}; return false;
  }
}

// Does a processor that answers `has` have what is asked for?
bool fits(const Probe& has, const Probe& wanted) {
  const bool bits = (wanted.key >= kBaseBehavior && wanted.key <= kPerformance) || wanted.key == 11 ||
                    wanted.key == 13 || wanted.key == 14;
  return bits ? (has.value & wanted.value) == wanted.value : has.value == wanted.value;
}

// A set of processors, as the kernel's cpumask.
class Cpus {
 public:
  // Those that are online, by what /sys says: "0-3,6".
  static Cpus online() {
    Cpus out;
    const std::string text = read_file("/sys/devices/system/cpu/online").value_or("0");
    for (const char* at = text.c_str(); *at >= '0' && *at <= '9';) {
      char* end = nullptr;
      const usize first = std::strtoul(at, &end, 10);
      usize last = first;
      if (*end == '-') last = std::strtoul(end + 1, &end, 10);
      for (usize cpu = first; cpu <= last && cpu < kBits; ++cpu) out.bits_.set(cpu);
      at = *end == ',' ? end + 1 : end;
    }
    return out;
  }
  // `size`: bytes.
  bool read(GuestAddr from, usize size) {
    for (usize i = 0; i < size; ++i) {
      u8 byte = 0;
      if (!read_guest(from + i, byte)) return false;
      for (usize bit = 0; bit < 8; ++bit) bits_.set(i * 8 + bit, byte >> bit & 1);
    }
    return true;
  }
  bool write(GuestAddr to, usize size) const {
    for (usize i = 0; i < size; ++i) {
      u8 byte = 0;
      for (usize bit = 0; bit < 8; ++bit) byte = static_cast<u8>(byte | bits_.test(i * 8 + bit) << bit);
      if (!write_guest(to + i, byte)) return false;
    }
    return true;
  }
  bool empty() const { return bits_.none(); }
  void clear() { bits_.reset(); }
  void keep(const Cpus& of) { bits_ &= of.bits_; }
  // cpumask_size(): what of a longer set is looked at.
  static usize most_bytes() {
    std::array<u64, kBits / 64> mask;
    const s64 size = host_syscall(SYS_sched_getaffinity, 0, sizeof mask,
                                  reinterpret_cast<u64>(mask.data()));  // NOLINT: an argument
    return size > 0 ? static_cast<usize>(size) : sizeof(u64);
  }

 private:
  static constexpr usize kBits = 8192;
  std::bitset<kBits> bits_;
};

// hwprobe_get_values: of what all the named processors have.
s64 probe_values(const GuestPlatform& platform, GuestAddr probes, u64 count, usize size, GuestAddr set) {
  if (size != 0 || set != 0) {
    Cpus cpus;
    if (!cpus.read(set, std::min(size, Cpus::most_bytes()))) return -EFAULT;
    cpus.keep(Cpus::online());
    if (cpus.empty()) return -EINVAL;
  }
  // They are all the same.
  for (u64 i = 0; i < count; ++i) {
    const GuestAddr at = probes + i * sizeof(Probe);
    Probe probe;
    if (!read_guest(at, probe)) return -EFAULT;
    (void)answer(platform, probe);
    if (!write_guest(at, probe)) return -EFAULT;
  }
  return 0;
}

// hwprobe_get_cpus: which of the named processors, or of all, have the values.
s64 probe_cpus(const GuestPlatform& platform, GuestAddr probes, u64 count, usize size, GuestAddr set) {
  if (size == 0 || set == 0) return -EINVAL;
  size = std::min(size, Cpus::most_bytes());
  Cpus cpus;
  if (!cpus.read(set, size)) return -EFAULT;
  if (cpus.empty()) cpus = Cpus::online();
  cpus.keep(Cpus::online());
  bool all_known = true;
  for (u64 i = 0; i < count; ++i) {
    const GuestAddr at = probes + i * sizeof(Probe);
    Probe wanted;
    if (!read_guest(at, wanted)) return -EFAULT;
    Probe has = wanted;
    if (!answer(platform, has)) {
      all_known = false;
      if (!write_guest(at, has)) return -EFAULT;
    }
    if (all_known && !fits(has, wanted)) cpus.clear();
  }
  if (!all_known) cpus.clear();
  return cpus.write(set, size) ? 0 : -EFAULT;
}

}  // namespace

s64 sys_riscv_hwprobe(Thread& thread, const SyscallArgs& a) {
  constexpr u64 kWhichCpus = 1;
  if (!is_riscv(thread)) return -ENOSYS;
  const GuestPlatform& platform = thread.process.platform;
  const u64 flags = a[4] & 0xffffffff;
  if (flags & ~kWhichCpus) return -EINVAL;
  return (flags & kWhichCpus ? probe_cpus : probe_values)(platform, a[0], a[1], a[2], a[3]);
}

// The kernel flushes everything. Whoever names a range may mean that, who names none cannot.
s64 sys_riscv_flush_icache(Thread& thread, const SyscallArgs& a) {
  constexpr u64 kLocal = 1;
  if (!is_riscv(thread)) return -ENOSYS;
  if (a[2] & ~kLocal) return -EINVAL;
  const bool is_range = a[0] < a[1];
  thread.process.translator->invalidate_changed(is_range ? a[0] : 0, is_range ? a[1] : ~GuestAddr{0});
  return 0;
}

}  // namespace veneer
