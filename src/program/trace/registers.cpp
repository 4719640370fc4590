#include "program/trace/registers.h"

#include <cstring>

#include "translate/interp/eval.h"

namespace veneer {

void save_registers(const CpuState& cpu, GuestRegisters& out) {
  std::memcpy(out.x, cpu.x, sizeof out.x);
  out.pc = cpu.pc;
  out.flags = Nzcv::to_arm(cpu.nzcv);
  out.tls = cpu.tpidr;
  out.fpcr = cpu.fpcr;
  out.fpsr = static_cast<u32>(interp::read_fpsr(cpu));
  std::memcpy(out.v, cpu.v, sizeof out.v);
  std::memcpy(out.wide, cpu.wide, sizeof out.wide);
  std::memcpy(out.control, cpu.control, sizeof out.control);
  out.wide_bytes = cpu.wide_bytes;
  out.mode = cpu.mode;
}

void load_registers(const GuestRegisters& from, u32 parts, CpuState& cpu) {
  if (parts & kGeneralPart) {
    std::memcpy(cpu.x, from.x, sizeof from.x);
    cpu.pc = from.pc;
    cpu.nzcv = Nzcv::from_arm(static_cast<u32>(from.flags));
    cpu.monitor.size = 0;
  }
  if (parts & kFloatingPart) {
    std::memcpy(cpu.v, from.v, sizeof from.v);
    interp::write_fpsr(cpu, from.fpsr);
    interp::write_fpcr(cpu, from.fpcr);
  }
  if (parts & kWidePart) {
    std::memcpy(cpu.wide, from.wide, sizeof from.wide);
    std::memcpy(cpu.control, from.control, sizeof from.control);
    cpu.mode = from.mode;
  }
  if (parts & kTlsPart) cpu.tpidr = from.tls;
}

}  // namespace veneer
