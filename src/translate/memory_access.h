// An access to guest memory that an instruction makes.
#pragma once

#include "base/types.h"

namespace veneer {

struct MemoryAccess {
  GuestAddr address = 0;
  u32 size = 0;  // bytes
  bool is_write = false;
};

}  // namespace veneer
