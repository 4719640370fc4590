// The vector state of riscv64 in a signal frame: a record behind the machine's context
// (arch/riscv/kernel/signal.c, save_v_state; uapi/asm/ptrace.h, struct __riscv_v_ext_state), and the one that
// ends the records.
#pragma once

#include "base/types.h"
#include "translate/cpu_state.h"

namespace veneer {

// struct __riscv_ctx_hdr: in the context's last words, and then behind each record.
struct ContextHeader {
  u32 magic, size;
};

// What the record takes, its header (of it, or of the record after it) included, with such registers.
constexpr usize vector_frame_size(unsigned register_bytes) {
  constexpr usize kState = 48;
  return register_bytes ? sizeof(ContextHeader) + kState + usize{32} * register_bytes : 0;
}

// Writes the records to the guest's memory behind a context that ends at `end`; returns the header in the
// context. False when it cannot be written.
[[nodiscard]] bool save_vectors(const CpuState& cpu, GuestAddr end, ContextHeader& header);
// Takes the state from there. False when it is not as the kernel leaves it.
[[nodiscard]] bool restore_vectors(CpuState& cpu, GuestAddr end, ContextHeader header);

}  // namespace veneer
