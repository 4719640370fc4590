// The vdsos that kernels map into every process: ELF shared objects of one page.
#pragma once

#include <array>

#include "base/types.h"

namespace veneer {

// They live in veneer's own image, each on a page of its own: the guest sees one there.
extern const std::array<u8, 4096> kAarch64Vdso, kRiscv64Vdso;

// Where __kernel_rt_sigreturn is in the one, and __vdso_rt_sigreturn in the other.
extern const usize kVdsoSigreturn;

}  // namespace veneer
