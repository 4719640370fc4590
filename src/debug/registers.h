// The registers of aarch64 as a debugger numbers them: the order of target.xml.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "program/trace/block.h"

namespace veneer::debug {

struct Registers {
  GuestRegs general{};
  GuestFpRegs floating{};
  u64 tls = 0;
};

// x0 to x30, sp, pc, cpsr, v0 to v31, fpsr, fpcr, tpidr.
constexpr unsigned kRegisterCount = 31 + 3 + 32 + 2 + 1;
constexpr unsigned kX29 = 29, kSp = 31, kPc = 32;

// The features that gdb and LLDB know ("AArch64 Features" in gdb's manual).
const std::string& target_description();

// The bytes of a register; nothing when there is none of that number.
std::optional<std::string> register_bytes(const Registers& registers, unsigned number);
// False when there is none, or the bytes are not as many as it has.
bool set_register_bytes(Registers& registers, unsigned number, std::string_view bytes);
// All of them in a row, as `g` and `G` have them.
std::string all_registers(const Registers& registers);
bool set_all_registers(Registers& registers, std::string_view bytes);

}  // namespace veneer::debug
