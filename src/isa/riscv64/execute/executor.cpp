#include "isa/riscv64/execute/executor.h"

namespace veneer::rv64 {

u64 execute_vector(CpuState& state, u64 insn, u64 a, u64 b) {
  const Insn i{static_cast<u32>(insn)};
  u64 result = 0;
  constexpr unsigned kSystem = 0x73, kConfigure = 7, kVector = 0x57;
  if ((i.raw & 0x7f) == kSystem) {  // a write of vstart
    state.control[kVstart] = a & (u64{state.wide_bytes} * 8 - 1);
    update_mode(state);
    return result;
  }
  if (i.rm() == kConfigure && (i.raw & 0x7f) == kVector) {  // vsetvl; an AVL of all ones is VLMAX
    // Neither has a register: vl stays, where VLMAX does.
    const bool keeps = i.rs1() == 0 && i.rd() == 0;
    configure(state, b, keeps ? state.control[kVl] : a);
    return state.control[kVl];
  }
  Execution e(state, i, a, b);
  if (execute_memory(e) || execute_cryptography(e)) return result;
  execute_carryless_product(e) || execute_floating_point(e, result) || execute_bit_manipulation(e) ||
      execute_integer(e) || execute_widening(e) || execute_fixed_point(e) || execute_reduction(e) ||
      execute_mask(e, result) || execute_permutation(e, result);
  state.control[kVstart] = 0;
  if (e.mode.started()) update_mode(state);
  return result;
}

}  // namespace veneer::rv64
