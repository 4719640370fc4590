// The configuration of the vector unit (Unprivileged ISA 31.3): where it is in CpuState, and what of it code is
// translated for.
#pragma once

#include "base/types.h"
#include "translate/cpu_state.h"

namespace veneer::rv64 {

// CpuState::control. kMaskLength is of scalar code, too: how many upper bits of an address are ignored (PMLEN
// of Supm), which accesses heed that are translated with LiftOptions::strip_tags.
enum Control : unsigned { kVl, kVtype, kVstart, kVxrm, kMaskLength };

constexpr u64 kVill = u64{1} << 63;

// What CpuState::mode says: vtype's SEW and LMUL, and whether vl is VLMAX. All zeros is what zeros in vtype and
// vl mean.
class VectorMode {
 public:
  static constexpr u8 kFull = 1 << 5;     // vl is VLMAX, and vstart is 0
  static constexpr u8 kStarted = 1 << 6;  // vstart is not 0
  static constexpr u8 kIll = 1 << 7;

  constexpr explicit VectorMode(u8 bits) : bits_(bits) {}
  // vill when vtype has anything that there is not.
  static constexpr VectorMode of_vtype(u64 vtype) {
    const unsigned lmul = vtype & 7, sew = vtype >> 3 & 7;
    // Of a fraction of a register, only what a fraction of 64 bits would hold (31.3.4.2).
    const bool reserved = vtype >> 8 || sew > 3 || lmul == 4 || (lmul > 4 && sew + 8 - lmul > 3);
    return VectorMode(reserved ? kIll : static_cast<u8>(sew | lmul << 2));
  }
  static constexpr VectorMode of(u64 vtype, u64 vl, u64 vstart, unsigned register_bytes) {
    const VectorMode type = of_vtype(vtype);
    if (vstart != 0) return type.with(kStarted);
    if (type.ill()) return type;
    return vl == type.vlmax(register_bytes) ? type.with(kFull) : type;
  }

  constexpr u8 bits() const { return bits_; }
  constexpr VectorMode type() const { return VectorMode(bits_ & 0x9f); }
  constexpr VectorMode with(u8 flag) const { return VectorMode(static_cast<u8>(bits_ | flag)); }
  constexpr bool full() const { return bits_ & kFull; }
  constexpr bool started() const { return bits_ & kStarted; }
  constexpr bool ill() const { return bits_ & kIll; }
  constexpr unsigned sew() const { return 8u << (bits_ & 3); }
  constexpr int log2_sew() const { return 3 + (bits_ & 3); }
  // The logarithm of LMUL: -3 .. 3.
  constexpr int lmul() const {
    const int field = bits_ >> 2 & 7;
    return field < 4 ? field : field - 8;
  }
  constexpr u64 vlmax(unsigned register_bytes) const {
    const u64 bits = u64{register_bytes} * 8;
    return (lmul() < 0 ? bits >> -lmul() : bits << lmul()) / sew();
  }
  constexpr bool operator==(const VectorMode&) const = default;

 private:
  u8 bits_;
};

// After vl, vtype or vstart have been written.
inline void update_mode(CpuState& s) {
  s.mode = VectorMode::of(s.control[kVtype], s.control[kVl], s.control[kVstart], s.wide_bytes).bits();
}

// vset{i}vl{i} with this AVL (31.6).
inline void configure(CpuState& s, u64 vtype, u64 avl) {
  const VectorMode type = VectorMode::of_vtype(vtype);
  s.control[kVstart] = 0;
  if (type.ill()) {
    s.control[kVtype] = kVill;
    s.control[kVl] = 0;
  } else {
    const u64 vlmax = type.vlmax(s.wide_bytes);
    s.control[kVtype] = vtype;
    s.control[kVl] = avl < vlmax ? avl : vlmax;
  }
  update_mode(s);
}

}  // namespace veneer::rv64
