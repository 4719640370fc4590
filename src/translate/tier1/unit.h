// A compiled unit: one block, or a hot region of several, with what is needed to leave it anywhere.
#pragma once

#include <array>
#include <vector>

#include "base/types.h"
#include "translate/ir/types.h"

namespace veneer::tier1 {

// Which guest registers a unit keeps in host registers. The same at every point of the unit.
struct PinMap {
  std::array<s8, 16> gpr;  // host register -> guest register, or -1
  std::array<s8, 16> vec;
  std::array<s8, 32> gpr_of;  // guest register -> host register, or -1
  std::array<s8, 32> vec_of;
  // How many low bits of a pinned vector register are kept: 32 or 64 when the unit touches it only as a scalar
  // of that width, the rest then being zero by definition; otherwise 128.
  std::array<u8, 32> vec_width;

  PinMap() {
    gpr.fill(-1);
    vec.fill(-1);
    gpr_of.fill(-1);
    vec_of.fill(-1);
    vec_width.fill(128);
  }
};

// A host instruction that may fault, and where the guest's registers are at that point: a pinned register is in
// its host register when its bit (by host number) is set, otherwise in CpuState.
struct FaultPoint {
  u32 offset;  // of the instruction, from the unit's start
  u32 pc;      // index into Unit::pcs
  u16 gprs;
  u16 vecs;
};

struct Unit;

// A direct jump or call out of a unit that is patched to its target once that is compiled.
struct Link {
  Unit* from = nullptr;
  GuestAddr target = 0;
  u8* site = nullptr;  // the rel32
  u8* stub = nullptr;  // where it jumps while unlinked
  Unit* to = nullptr;  // null while unlinked
};

struct Unit {
  GuestAddr pc = 0;
  u32 mode = 0;                  // FPCR's exact mode
  bool exact_underflow = false;  // FPSR is being looked at: see emit_fp.cpp
  bool region = false;
  bool valid = true;
  u8* code = nullptr;
  u32 size = 0;
  u32 stale_offset = 0;  // code that leaves for the dispatcher, where a dropped unit's entry jumps
  PinMap pins;
  std::vector<FaultPoint> faults;  // by offset
  std::vector<GuestAddr> pcs;
  std::vector<std::pair<GuestAddr, GuestAddr>> ranges;  // guest code that it was made from
  std::vector<Link*> incoming;
  s32 count = 0;           // executions left until it is worth a region
  s32* counter = nullptr;  // &count, or null in what is hot already
};

}  // namespace veneer::tier1
