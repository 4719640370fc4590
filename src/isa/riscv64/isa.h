// RISC-V, 64 bits, as a guest.
#pragma once

#include "translate/translator.h"

namespace veneer::rv64 {

class Riscv64Isa final : public GuestIsa {
 public:
  unsigned alignment_bits() const override { return 1; }
  void lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
            ir::Block& block) const override;
  // There are no condition flags, no tagged addresses, and nothing checks the stack pointer.
  bool flags_dead_at(std::span<const u8> /*code*/, bool /*faults_read*/) const override { return true; }
  bool is_sp_aligned(const CpuState& /*state*/) const override { return true; }
  bool tiny_before_rounding() const override { return false; }
  GuestAddr canonical_pc(GuestAddr target) const override { return target; }
  Disassembled disassemble(GuestAddr pc, std::span<const u8> code) const override;
};

}  // namespace veneer::rv64
