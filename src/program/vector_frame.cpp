#include "program/vector_frame.h"

#include "isa/riscv64/vector_type.h"
#include "program/guest_memory.h"

namespace veneer {

namespace {

constexpr u32 kVectorMagic = 0x53465457;  // RISCV_V_MAGIC

struct VectorState {
  u64 vstart, vl, vtype, vcsr, vlenb;
  GuestAddr data;
};
static_assert(sizeof(VectorState) == 48);

usize data_size(const CpuState& cpu) {
  return usize{32} * cpu.wide_bytes;
}
u32 record_size(const CpuState& cpu) {
  return static_cast<u32>(vector_frame_size(cpu.wide_bytes));
}
// fpsr::kQC is vxsat.
bool vxsat(const CpuState& cpu) {
  return cpu.saturated.q != 0 || (cpu.fpsr & fpsr::kQC);
}

}  // namespace

bool save_vectors(const CpuState& cpu, GuestAddr end, ContextHeader& header) {
  header = {};
  if (!cpu.wide_bytes) return true;
  const VectorState state{.vstart = cpu.control[rv64::kVstart],
                          .vl = cpu.control[rv64::kVl],
                          .vtype = cpu.control[rv64::kVtype],
                          .vcsr = cpu.control[rv64::kVxrm] << 1 | u64{vxsat(cpu)},
                          .vlenb = cpu.wide_bytes,
                          .data = end + sizeof(VectorState)};
  header = {kVectorMagic, record_size(cpu)};
  return write_guest(end, state) && copy_to_guest(state.data, cpu.wide, data_size(cpu)) &&
         write_guest(state.data + data_size(cpu), ContextHeader{});
}

bool restore_vectors(CpuState& cpu, GuestAddr end, ContextHeader header) {
  if (header.magic == 0) return header.size == 0;
  VectorState state;
  ContextHeader last;
  if (header.magic != kVectorMagic || !cpu.wide_bytes || header.size != record_size(cpu) ||
      !read_guest(end, state) || !copy_from_guest(cpu.wide, state.data, data_size(cpu)) ||
      !read_guest(end - sizeof(ContextHeader) + header.size, last) || last.magic != 0 || last.size != 0)
    return false;
  rv64::configure(cpu, state.vtype, state.vl);
  cpu.control[rv64::kVstart] = state.vstart & (u64{cpu.wide_bytes} * 8 - 1);
  rv64::update_mode(cpu);
  cpu.control[rv64::kVxrm] = state.vcsr >> 1 & 3;
  cpu.saturated = {};
  cpu.saturated.d[0] = state.vcsr & 1;
  return true;
}

}  // namespace veneer
