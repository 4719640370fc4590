// Instructions that are left to the reference, for as long as the code that names them.
#pragma once

#include <deque>

#include "translate/ir/ir.h"

namespace veneer::tier1 {

class KeptInsts {
 public:
  virtual ~KeptInsts() = default;
  // A copy, which stays where it is.
  virtual const ir::Inst* keep(const ir::Inst& in) = 0;
};

class KeptInMemory final : public KeptInsts {
 public:
  const ir::Inst* keep(const ir::Inst& in) override { return &insts_.emplace_back(in); }
  void clear() { insts_.clear(); }

 private:
  std::deque<ir::Inst> insts_;
};

}  // namespace veneer::tier1
