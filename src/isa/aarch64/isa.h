// AArch64 as a guest.
#pragma once

#include "isa/aarch64/features.h"
#include "isa/aarch64/lifter.h"
#include "translate/translator.h"

namespace veneer::a64 {

class Aarch64Isa final : public GuestIsa {
 public:
  explicit Aarch64Isa(const Features& features = {}) : features_(features) {}

  unsigned alignment_bits() const override { return 2; }
  std::string variant() const override { return cpuinfo_features(features_); }
  void lift(GuestAddr pc, std::span<const u8> code, const LiftOptions& options,
            ir::Block& block) const override;
  bool is_sp_aligned(const CpuState& state) const override { return state.x[31] % kSpAlignment == 0; }
  bool flags_dead_at(std::span<const u8> code, bool faults_read) const override;
  bool names_changed_code() const override { return true; }  // IC IVAU
  bool tiny_before_rounding() const override { return true; }
  GuestAddr canonical_pc(GuestAddr target) const override;
  Disassembled disassemble(GuestAddr pc, std::span<const u8> code) const override;

 private:
  const Features features_;
};

}  // namespace veneer::a64
