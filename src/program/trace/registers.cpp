#include <cstring>

#include "program/trace/block.h"
#include "translate/interp/eval.h"

namespace veneer {

void save_registers(const CpuState& cpu, TraceBlock& block) {
  std::memcpy(block.regs.x, cpu.x, sizeof block.regs.x);
  block.regs.sp = cpu.x[31];
  block.regs.pc = cpu.pc;
  block.regs.pstate = Nzcv::to_arm(cpu.nzcv);
  std::memcpy(block.fp.v, cpu.v, sizeof block.fp.v);
  block.fp.fpsr = static_cast<u32>(interp::read_fpsr(cpu));
  block.fp.fpcr = cpu.fpcr;
  block.tls = cpu.tpidr;
}

void load_registers(const TraceBlock& block, CpuState& cpu) {
  const u32 changed = block.control.changed;
  if (changed & TraceBlock::kRegs) {
    std::memcpy(cpu.x, block.regs.x, sizeof block.regs.x);
    cpu.x[31] = block.regs.sp;
    cpu.pc = block.regs.pc;
    cpu.nzcv = Nzcv::from_arm(static_cast<u32>(block.regs.pstate));
    cpu.monitor.size = 0;
  }
  if (changed & TraceBlock::kFpRegs) {
    std::memcpy(cpu.v, block.fp.v, sizeof block.fp.v);
    interp::write_fpsr(cpu, block.fp.fpsr);
    interp::write_fpcr(cpu, block.fp.fpcr & fpcr::kMask);
  }
  if (changed & TraceBlock::kTls) cpu.tpidr = block.tls;
}

}  // namespace veneer
