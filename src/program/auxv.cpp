#include "program/auxv.h"

#include <elf.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <iterator>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

namespace veneer {
namespace {

// AT_L1I_CACHESIZE to AT_L3_CACHEGEOMETRY (arch/riscv/include/uapi/asm/auxvec.h).
constexpr u64 kFirstCacheEntry = 40, kLastCacheEntry = 47;

}  // namespace

std::vector<std::pair<u64, u64>> build_auxv(const GuestPlatform& platform, const AuxvInput& input,
                                            const AuxvStrings& strings) {
  // In the kernel's order (ARCH_DLINFO, then fs/binfmt_elf.c create_elf_tables). The identities and AT_SECURE
  // are those the host kernel gave veneer.
  std::vector<std::pair<u64, u64>> v = {{AT_SYSINFO_EHDR, input.vdso}};
  // Caches that nothing is known of, as where no firmware describes them.
  if (platform.abi->tells_caches)
    for (u64 type = kFirstCacheEntry; type <= kLastCacheEntry; ++type) v.emplace_back(type, 0);
  const std::pair<u64, u64> others[] = {
      {AT_MINSIGSTKSZ, platform.abi->min_signal_stack},
      {AT_HWCAP, platform.hwcap},
      {AT_PAGESZ, kPageSize},
      {AT_CLKTCK, 100},
      {AT_PHDR, input.phdr},
      {AT_PHENT, sizeof(Elf64_Phdr)},
      {AT_PHNUM, input.phnum},
      {AT_BASE, input.base},
      {AT_FLAGS, 0},
      {AT_ENTRY, input.entry},
      {AT_UID, getuid()},
      {AT_EUID, geteuid()},
      {AT_GID, getgid()},
      {AT_EGID, getegid()},
      {AT_SECURE, input.secure ? u64{*input.secure} : getauxval(AT_SECURE)},
      {AT_RANDOM, strings.random},
  };
  v.insert(v.end(), std::begin(others), std::end(others));
  if (platform.abi->tells_platform) v.emplace_back(AT_HWCAP2, platform.hwcap2);
  v.emplace_back(AT_EXECFN, strings.exec_name);
  if (strings.platform) v.emplace_back(AT_PLATFORM, strings.platform);
  v.emplace_back(AT_NULL, 0);
  return v;
}

}  // namespace veneer
