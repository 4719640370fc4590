// Compiles blocks into a unit.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "translate/ir/ir.h"
#include "translate/tier1/emitter.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

// What compiling asks of the translator.
struct CompileHost {
  std::function<bool(GuestAddr)> flags_live_at;   // NZCV may be read by the code there
  std::function<u32(Unit&, GuestAddr)> new_link;  // the number of a new Link
  std::function<Link&(u32)> link;
  // Where the indirect branch at the end of this block nearly always goes; 0 when that is not known.
  std::function<GuestAddr(GuestAddr, const Unit&)> usual_target;
  std::function<std::span<u8>()> space;  // where the code may go
  unsigned alignment_bits;               // of the guest's instructions
  CodeModel model = CodeModel::Absolute;
};

class Compiler {
 public:
  Compiler(const HostFeatures& host, const Routines& routines, KeptInsts& kept, CompileHost callbacks);
  ~Compiler();

  // blocks[0] is the entry. Fills in the unit and returns the bytes used of the space, 0 when it does not fit.
  // A unit that counts leaves at its entry when the count has run out. What unit.pins points to, and faults(),
  // are good until the next call.
  usize compile(Unit& unit, std::span<const ir::Block> blocks);

  std::span<const FaultPoint> faults() const;

 private:
  struct Internal;
  std::unique_ptr<Internal> internal_;
};

}  // namespace veneer::tier1
