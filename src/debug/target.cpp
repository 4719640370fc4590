#include "debug/target.h"

namespace veneer::debug {

const Target& target_of(u32 machine) {
  for (const Target* target : {&kAarch64Target, &kRiscv64Target})
    if (target->machine == machine) return *target;
  return kAarch64Target;
}

std::optional<std::string> register_bytes(const Target& target, const GuestRegisters& registers, u64 number) {
  if (number >= target.register_count(registers)) return std::nullopt;
  return target.get(registers, static_cast<unsigned>(number));
}

bool set_register_bytes(const Target& target, GuestRegisters& registers, u64 number, std::string_view bytes) {
  const std::optional<std::string> old = register_bytes(target, registers, number);
  if (!old || old->size() != bytes.size()) return false;
  target.set(registers, static_cast<unsigned>(number), bytes);
  return true;
}

std::string all_registers(const Target& target, const GuestRegisters& registers) {
  std::string out;
  for (unsigned i = 0; i < target.register_count(registers); i++) out += target.get(registers, i);
  return out;
}

bool set_all_registers(const Target& target, GuestRegisters& registers, std::string_view bytes) {
  for (unsigned i = 0; i < target.register_count(registers); i++) {
    if (bytes.empty()) return i > 0;
    const usize size = target.get(registers, i).size();
    if (bytes.size() < size || !set_register_bytes(target, registers, i, bytes.substr(0, size))) return false;
    bytes.remove_prefix(size);
  }
  return bytes.empty();
}

}  // namespace veneer::debug
