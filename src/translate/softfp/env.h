// The floating-point environment of an exact operation: how it rounds and what it treats specially on the
// way in, which exceptions it raised on the way out.
#pragma once

#include "base/types.h"
#include "translate/cpu_state.h"

namespace veneer::softfp {

enum class Rounding : u8 { NearestEven, Up, Down, Zero, NearestAway, Odd };

// Whether a result is tiny (IEEE 754-2019, 7.5) is a choice of the architecture: Arm looks at the exact
// value, RISC-V and x86 at the value rounded as if the exponent had no lower bound.
enum class Tininess : u8 { BeforeRounding, AfterRounding };

// Which of several NaN operands is propagated (quieted) when default_nan is off.
enum class NanChoice : u8 {
  SignallingFirst,  // the first signalling NaN, else the first quiet one (Arm FPProcessNaNs)
  FirstOperand,     // the first NaN whatever its kind (x86 SSE)
};

struct Env {
  Rounding rounding = Rounding::NearestEven;
  Tininess tininess = Tininess::BeforeRounding;
  NanChoice nan_choice = NanChoice::SignallingFirst;
  bool flush = false;        // FPCR.FZ: denormal operands and tiny results are zero, except in F16
  bool flush_half = false;   // FPCR.FZ16: the same in F16, but not in conversions from or to it
  bool default_nan = false;  // FPCR.DN: every NaN result is the default NaN
  bool alt_half = false;     // FPCR.AHP: conversions take F16 as the format without infinities and NaNs
  u32 flags = 0;             // exceptions raised so far, at their FPSR positions (fpsr::kIOC...)

  void raise(u32 exceptions) { flags |= exceptions; }
};

// The environment that an FPCR describes (cpu_state.h).
constexpr Env env_of_fpcr(u32 value) {
  Env env;
  env.rounding = value & fpcr::kRoundAway ? Rounding::NearestAway
                                          : static_cast<Rounding>((value & fpcr::kRMode) >> fpcr::kRModeShift);
  if (value & fpcr::kTinyAfterRounding) env.tininess = Tininess::AfterRounding;
  env.flush = value & fpcr::kFZ;
  env.flush_half = value & fpcr::kFZ16;
  env.default_nan = value & fpcr::kDN;
  env.alt_half = value & fpcr::kAHP;
  return env;
}

}  // namespace veneer::softfp
