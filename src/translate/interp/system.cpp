// FPCR, FPSR, counters and cache maintenance.
#include <immintrin.h>
#include <ctime>

#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"

namespace veneer::interp {

namespace {

using ir::SysReg;

struct ExceptionBit {
  u32 mxcsr, fpsr;
};
constexpr ExceptionBit kExceptions[] = {{1u << 0, fpsr::kIOC},
                                        {1u << 2, fpsr::kDZC},
                                        {1u << 3, fpsr::kOFC},
                                        {1u << 4, fpsr::kUFC},
                                        {1u << 5, fpsr::kIXC}};
constexpr u32 kMxcsrFlags = 0x3f;

// MXCSR.RC: 0 nearest, 1 down, 2 up, 3 zero; FPCR.RMode: 0 nearest, 1 up, 2 down, 3 zero.
constexpr u32 host_rounding(u32 fpcr) {
  constexpr u32 kRc[] = {0, 2, 1, 3};
  return kRc[fpcr >> fpcr::kRModeShift & 3] << 13;
}
// FTZ and DAZ.
constexpr u32 kFlush = 1u << 15 | 1u << 6;
constexpr u32 kControl = 3u << 13 | kFlush;
constexpr u32 host_control(u32 fpcr) {
  return host_rounding(fpcr) | (fpcr & fpcr::kFZ ? kFlush : 0);
}

void trap(CpuState& s) {
  s.exit = Exit::Trap;
  s.exit_info = static_cast<u32>(ir::TrapKind::Undefined);
}

u64 nanoseconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<u64>(t.tv_sec) * 1'000'000'000 + static_cast<u64>(t.tv_nsec);
}

}  // namespace

u64 read_fpsr(const CpuState& s) {
  u32 bits = s.fpsr;
  const u32 mxcsr = _mm_getcsr();
  for (const ExceptionBit& e : kExceptions)
    if (mxcsr & e.mxcsr) bits |= e.fpsr;
  if (s.saturated.q) bits |= fpsr::kQC;
  return bits;
}

void write_fpsr(CpuState& s, u64 value) {
  s.fpsr = static_cast<u32>(value) & fpsr::kMask;
  s.saturated.q = 0;
  _mm_setcsr(_mm_getcsr() & ~kMxcsrFlags);
}

void write_fpcr(CpuState& s, u64 value) {
  s.fpcr = static_cast<u32>(value) & (fpcr::kMask | fpcr::kOthers);
  s.mxcsr = (s.mxcsr & ~kControl) | host_control(s.fpcr);
  _mm_setcsr((_mm_getcsr() & ~kControl) | host_control(s.fpcr));
}

Vec eval_ReadSys(CpuState& s, const ir::Inst& in, const Vec*) {
  switch (static_cast<SysReg>(in.imm)) {
    case SysReg::Fpcr: return integer(s.fpcr);
    case SysReg::Fpsr: return integer(read_fpsr(s));
    case SysReg::ThreadPointer: return integer(s.tpidr);
    case SysReg::ThreadPointerRo: return integer(s.tpidrro);
    case SysReg::Counter: return integer(nanoseconds());
  }
  return {};
}

Vec eval_WriteSys(CpuState& s, const ir::Inst& in, const Vec* a) {
  switch (static_cast<SysReg>(in.imm)) {
    case SysReg::Fpcr: write_fpcr(s, a[0].d[0]); break;
    case SysReg::Fpsr: write_fpsr(s, a[0].d[0]); break;
    case SysReg::ThreadPointer: s.tpidr = a[0].d[0]; break;
    case SysReg::ThreadPointerRo:
    case SysReg::Counter: break;  // read-only: never lifted
  }
  return {};
}

Vec eval_ReadControl(CpuState& s, const ir::Inst& in, const Vec*) {
  return integer(s.control[in.imm]);
}
Vec eval_WriteControl(CpuState& s, const ir::Inst& in, const Vec* a) {
  s.control[in.imm] = a[0].d[0];
  return {};
}
Vec eval_WriteMode(CpuState& s, const ir::Inst&, const Vec* a) {
  s.mode = a[0].b[0];
  return {};
}
Vec eval_Execute(CpuState& s, const ir::Inst& in, const Vec* a) {
  return integer(s.execute(s, in.imm, a[0].d[0], a[1].d[0]));
}

Vec eval_IcInvalidate(CpuState& s, const ir::Inst&, const Vec* a) {
  const GuestAddr line = a[0].d[0] & ~u64{63};
  if (s.invalidate) s.invalidate(s, line, line + 64);
  return {};
}

Vec eval_IcInvalidateChanged(CpuState& s, const ir::Inst&, const Vec*) {
  if (s.invalidate_changed) s.invalidate_changed(s);
  return {};
}

Vec eval_CheckRounding(CpuState& s, const ir::Inst&, const Vec*) {
  if (!fpcr::is_valid_frm(s.fpcr)) trap(s);
  return {};
}
Vec eval_CheckMultiple(CpuState& s, const ir::Inst& in, const Vec* a) {
  if (a[0].d[0] & (in.imm - 1)) trap(s);
  return {};
}

}  // namespace veneer::interp
