// What scalar and vector cryptography have in common.
#pragma once

#include "isa/riscv64/lifter.h"

namespace veneer::rv64 {

// SM4's S-box of each byte of a vector whose words are all the same.
Value sm4_substituted(Lifter& l, Value words);

}  // namespace veneer::rv64
