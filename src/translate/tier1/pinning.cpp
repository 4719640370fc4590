#include "translate/tier1/pinning.h"

#include <algorithm>
#include <vector>

#include "translate/tier1/registers.h"

namespace veneer::tier1 {

namespace {

struct Use {
  u64 weight = 0;
  unsigned widest = 0, narrowest = 128;
};

template <usize kGuests, typename Hosts>
void assign(const std::array<Use, kGuests>& uses, const Hosts& hosts, u64 least, std::array<s8, 16>& guest_of,
            std::array<s8, kGuests>& host_of) {
  std::vector<u8> order;
  for (u8 g = 0; g < kGuests; ++g)
    if (uses[g].weight >= least) order.push_back(g);
  std::sort(order.begin(), order.end(), [&](u8 x, u8 y) {
    return uses[x].weight != uses[y].weight ? uses[x].weight > uses[y].weight : x < y;
  });
  for (usize i = 0; i < std::min(order.size(), hosts.size()); ++i) {
    guest_of[hosts[i]] = static_cast<s8>(order[i]);
    host_of[order[i]] = static_cast<s8>(hosts[i]);
  }
}

}  // namespace

PinMap choose_pins(std::span<const ir::Block> blocks, std::span<const u32> weights) {
  std::array<Use, 32> gprs{};
  std::array<Use, ir::kVecCount> vecs{};
  bool in_memory = false;  // the wide registers are read and written there
  for (usize b = 0; b < blocks.size(); ++b) {
    for (const ir::Inst& in : blocks[b].insts) {
      if (ir::info(in.op).props & ir::W) in_memory = true;
      if (in.op != ir::Op::GetReg && in.op != ir::Op::SetReg) continue;
      const ir::Reg r = in.reg();
      if (ir::is_gpr(r)) {
        gprs[r].weight += weights[b];
      } else if (ir::is_vec(r)) {
        Use& u = vecs[r - ir::kRegVec0];
        u.weight += weights[b];
        const ir::Type t = in.op == ir::Op::GetReg ? in.type : ir::result_type(blocks[b].insts[in.args[0].id]);
        u.widest = std::max(u.widest, ir::bit_width(t));
        u.narrowest = std::min(u.narrowest, ir::bit_width(t));
      }
    }
  }
  if (in_memory) std::fill(vecs.begin() + (ir::kRegWide0 - ir::kRegVec0), vecs.end(), Use{});
  PinMap pins;
  // A register that is touched once, and not in a loop, gains nothing.
  constexpr u64 least = 2;
  assign(gprs, kPinGprs, least, pins.gpr, pins.gpr_of);
  assign(vecs, kPinVecs, least, pins.vec, pins.vec_of);
  for (unsigned r = 0; r < pins.vec.size(); ++r) {
    if (pins.vec[r] < 0) continue;
    const Use& use = vecs[static_cast<usize>(pins.vec[r])];
    if (use.widest == use.narrowest && (use.widest == 32 || use.widest == 64))
      pins.vec_width[r] = static_cast<u8>(use.widest);
  }
  return pins;
}

}  // namespace veneer::tier1
