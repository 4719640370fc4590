// What a debugger is told of an instruction set, and how its registers are numbered: the order of target.xml.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/types.h"
#include "program/trace/registers.h"

namespace veneer::debug {

struct Target {
  u16 machine;         // EM_*
  const char* triple;  // as LLVM names it
  // target.xml, with the features that gdb and LLDB know (gdb's manual, "Standard Target Features"). It and the
  // number of registers depend on which there are: GuestRegisters::wide_bytes.
  std::string (*description)(const GuestRegisters&);
  unsigned (*register_count)(const GuestRegisters&);
  std::array<unsigned, 3> told_at_stops;  // frame pointer, stack pointer, pc
  // The bytes of a register, and the register from as many bytes. `number` is below their number.
  std::string (*get)(const GuestRegisters&, unsigned number);
  void (*set)(GuestRegisters&, unsigned number, std::string_view bytes);
  // The instructions that a breakpoint can be, by size.
  std::span<const std::string_view> breakpoints;
  // Does the code start with an instruction that traps as a breakpoint does?
  bool (*traps)(std::string_view code);
};

extern const Target kAarch64Target, kRiscv64Target;
// That of a machine; arm64's where it is another.
const Target& target_of(u32 machine);

// Nothing, or false, when there is no register of that number, or the bytes are not as many as it has.
std::optional<std::string> register_bytes(const Target& target, const GuestRegisters& registers, u64 number);
bool set_register_bytes(const Target& target, GuestRegisters& registers, u64 number, std::string_view bytes);
// All of them in a row, as `g` and `G` have them. Fewer bytes than there are registers leave the rest.
std::string all_registers(const Target& target, const GuestRegisters& registers);
bool set_all_registers(const Target& target, GuestRegisters& registers, std::string_view bytes);

}  // namespace veneer::debug
