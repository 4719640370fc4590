// RISC-V, 64 bits, as a guest.
#pragma once

#include "isa/riscv64/features.h"
#include "translate/translator.h"

namespace veneer::rv64 {

class Riscv64Isa final : public GuestIsa {
 public:
  explicit Riscv64Isa(const Features& features = {})
      : features_(features), scalar_features_(without_vectors(features)) {}

  unsigned alignment_bits() const override { return features_.has(Extension::zca) ? 1 : 2; }
  std::string variant() const override;
  void lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
            ir::Block& block) const override;
  unsigned wide_bytes() const override { return features_.has(Extension::zve32x) ? features_.vlen / 8 : 0; }
  Executor executor() const override;
  // There are no condition flags, and nothing checks the stack pointer. Tags of addresses are not of the pc.
  bool flags_dead_at(std::span<const u8> /*code*/, bool /*faults_read*/) const override { return true; }
  bool is_sp_aligned(const CpuState& /*state*/) const override { return true; }
  bool names_changed_code() const override { return false; }  // FENCE.I
  bool tiny_before_rounding() const override { return false; }
  GuestAddr canonical_pc(GuestAddr target) const override { return target; }
  Disassembled disassemble(GuestAddr pc, std::span<const u8> code) const override;

 private:
  const Features features_, scalar_features_;
};

}  // namespace veneer::rv64
