// The vdso that an aarch64 kernel maps into every process: an ELF shared object of one page.
#pragma once

#include <array>

#include "base/types.h"

namespace veneer {

// Lives in veneer's own image, on a page of its own: the guest sees it there.
extern const std::array<u8, 4096> kVdsoImage;

// Where __kernel_rt_sigreturn is in it.
extern const usize kVdsoSigreturn;

}  // namespace veneer
