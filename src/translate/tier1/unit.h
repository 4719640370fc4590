// A compiled unit: one block, or a hot region of several, with what is needed to leave it anywhere.
#pragma once

#include <array>
#include <span>

#include "base/types.h"
#include "translate/ir/types.h"

namespace veneer::tier1 {

// Which guest registers a unit keeps in host registers. The same at every point of the unit.
struct Pins {
  std::array<s8, 16> gpr;  // by host register: the guest register, or -1
  std::array<s8, 16> vec;
  // How many low bits of a pinned vector register are kept: 32 or 64 when the unit touches it only as a scalar
  // of that width, the rest then being zero by definition; otherwise 128.
  std::array<u8, 16> vec_width;

  constexpr Pins() : gpr(), vec(), vec_width() {
    gpr.fill(-1);
    vec.fill(-1);
    vec_width.fill(128);
  }
};

// And which host register a guest register is in, while the unit is being compiled.
struct PinMap : Pins {
  std::array<s8, 32> gpr_of;  // by guest register: the host register, or -1
  std::array<s8, ir::kVecCount> vec_of;

  constexpr PinMap() : gpr_of(), vec_of() {
    gpr_of.fill(-1);
    vec_of.fill(-1);
  }
};

// A host instruction that may fault, and where the guest's registers are at that point: a pinned register is in
// its host register when its bit (by host number) is set, otherwise in CpuState.
struct FaultPoint {
  u32 offset;  // of the instruction, from the unit's start
  s32 pc;      // the guest instruction, from the unit's pc
  u16 gprs;
  u16 vecs;
};

struct GuestRange {
  GuestAddr start, end;
};

// What FPCR asks for beside a rounding mode. Each allows what those before it do, too: a unit of any but the
// first works whether FZ is set or not.
// Then, what the host cannot do at all; and what RISC-V asks for: default NaNs, results that are tiny when the
// host says so, and nothing flushed. Of that, rounding to nearest is a mode of its own, for instructions that
// name it.
enum class FpMode : u8 { Default, Flush, DefaultNan, Half, Reference, Canonical, CanonicalNearest };

constexpr s32 kHotCount = 400;  // executions after which a block is worth a region
// And one of an image: it has cost nothing so far, and a compiler has many that are run some hundred times.
constexpr s32 kHotCountOfImages = 4000;

struct Unit;

// A direct jump or call out of a unit that is patched to its target once that is compiled.
struct Link {
  Unit* from = nullptr;
  GuestAddr target = 0;
  u32 site = 0;          // the rel32, from the start of the unit's code
  u32 stub = 0;          // where it jumps while unlinked
  Unit* to = nullptr;    // null while unlinked
  Link* next = nullptr;  // of those that lead to the same unit
};

// Where the indirect jump or call at the end of a cold block has been going.
struct IndirectProfile {
  GuestAddr target = 0;
  u32 times = 0;  // in a row, up to now
};

// There are many of them: what only some need is kept elsewhere.
struct Unit {
  Unit() = default;
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  GuestAddr pc = 0;
  u8* code = nullptr;
  u32 size = 0;
  u32 leave_offset = 0;  // code that leaves for the run loop at pc, where a dropped unit's entry jumps
  FpMode mode = FpMode::Default;
  u8 isa_mode = 0;        // CpuState::mode where it starts
  bool one_mode = false;  // it is for no other
  s32 own_count = 0;
  // Executions left until it is worth a region: translated code counts them down. An image has its units'
  // counts beside their code.
  s32* count = &own_count;
  s32 executions_left() const { return __atomic_load_n(count, __ATOMIC_RELAXED); }
  bool counts = false;           // false in what is hot already
  bool exact_underflow = false;  // FPSR is being looked at: see emit_fp.cpp
  bool keep_flags_for_faults = false;
  bool counts_atomics = false;  // atomic operations are told to store-exclusives: by the reference
  bool region = false;
  bool valid = true;
  bool of_image = false;  // its code is in an image: made for everything that a guest may come to want
  const Pins* pins = nullptr;
  std::span<const FaultPoint> faults;  // by offset
  std::span<const GuestRange> ranges;  // guest code that it was made from
  Link* incoming = nullptr;
  IndirectProfile own_profile;
  IndirectProfile* profile = &own_profile;  // written by the unit's own code, by any thread: a guess
};

// The unit pins nothing.
inline constexpr Pins kNoPins{};

}  // namespace veneer::tier1
