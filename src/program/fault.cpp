#include "program/fault.h"

#include <cstring>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

#include "base/errors.h"
#include "program/signals.h"
#include "translate/ir/types.h"

extern "C" const char __executable_start[]  // NOLINT(bugprone-reserved-identifier): the linker's
    __attribute__((weak, visibility("hidden")));

namespace veneer {
namespace {

// ESR_EL1, Arm ARM D24.2.40.
namespace esr {
constexpr u64 kInstructionAbort = u64{0x20} << 26, kPcAlignment = u64{0x22} << 26, kDataAbort = u64{0x24} << 26;
constexpr u64 kIl = 1 << 25;  // a 32-bit instruction
constexpr u64 kWnR = 1 << 6;  // the access was a write
constexpr u64 kTranslation0 = 0x04, kTranslation3 = 0x07, kPermission3 = 0x0f,
              kAlignment = 0x21;  // fault status
}  // namespace esr

siginfo_t fault_info(int signal, int code, GuestAddr addr) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(addr);
  return info;
}

// Of what an address names nothing: the kernel does not tell how far its own half is mapped.
u64 unmapped_status(GuestAddr addr) {
  return addr >> 55 & 1 ? esr::kTranslation0 : esr::kTranslation3;
}

void set_syndrome(Thread& thread, GuestAddr addr, u64 syndrome) {
  thread.signals.fault_address = addr;
  thread.signals.esr = syndrome;
}

// --- the report

class Line {
 public:
  Line& text(std::string_view s) {
    usize n = std::min(s.size(), sizeof buffer_ - size_);
    std::memcpy(buffer_ + size_, s.data(), n);
    size_ += n;
    return *this;
  }
  Line& hex(u64 value) {
    char digits[16];
    usize n = 0;
    do {
      digits[n++] = "0123456789abcdef"[value & 15];
    } while (value >>= 4);
    text("0x");
    while (n) text({&digits[--n], 1});
    return *this;
  }
  Line& number(u64 value) {
    char digits[20];
    usize n = 0;
    do {
      digits[n++] = static_cast<char>('0' + value % 10);
    } while (value /= 10);
    while (n) text({&digits[--n], 1});
    return *this;
  }
  void print() {
    text("\n");
    host_syscall(SYS_write, STDERR_FILENO, reinterpret_cast<u64>(buffer_), size_);
    size_ = 0;
  }

 private:
  char buffer_[512];
  usize size_ = 0;
};

}  // namespace

void raise_trap(Thread& thread) {
  CpuState& cpu = thread.cpu;
  auto kind = static_cast<ir::TrapKind>(cpu.exit_info & 0xff);
  switch (kind) {
    case ir::TrapKind::Undefined:  // arm64_notify_die without a syndrome
      set_syndrome(thread, 0, 0);
      force_signal(thread, fault_info(SIGILL, ILL_ILLOPC, cpu.pc));
      return;
    case ir::TrapKind::Breakpoint: force_signal(thread, fault_info(SIGTRAP, TRAP_BRKPT, cpu.pc)); return;
    case ir::TrapKind::FetchFault: {
      bool mapped = thread.process.maps.find(cpu.pc).has_value();
      u64 status = mapped ? esr::kPermission3 : unmapped_status(cpu.pc);
      set_syndrome(thread, cpu.pc, esr::kInstructionAbort | esr::kIl | status);
      force_signal(thread, fault_info(SIGSEGV, mapped ? SEGV_ACCERR : SEGV_MAPERR, cpu.pc));
      return;
    }
    case ir::TrapKind::PcAlignment:
      set_syndrome(thread, 0, esr::kPcAlignment | esr::kIl);
      force_signal(thread, fault_info(SIGBUS, BUS_ADRALN, cpu.pc));
      return;
  }
}

void raise_fault(Thread& thread) {
  CpuState& cpu = thread.cpu;
  int signal = static_cast<int>(cpu.fault_signal);
  u64 status = unmapped_status(cpu.fault_addr);
  if (signal == SIGSEGV && cpu.fault_code == SEGV_ACCERR) status = esr::kPermission3;
  if (signal == SIGBUS && cpu.fault_code == BUS_ADRALN) status = esr::kAlignment;
  u64 write = thread.signals.fault_was_write ? esr::kWnR : 0;
  thread.signals.fault_was_write = false;
  set_syndrome(thread, cpu.fault_addr, esr::kDataAbort | esr::kIl | write | status);
  force_signal(thread, fault_info(signal, cpu.fault_code, cpu.fault_addr));
}

void report_internal_fault(const Thread* thread, const siginfo_t& info, const ucontext_t& context) {
  auto rip = static_cast<u64>(context.uc_mcontext.gregs[REG_RIP]);
  auto base = reinterpret_cast<u64>(&__executable_start[0]);
  Line line;
  line.text("veneer: internal fault: ");
  switch (info.si_signo) {
    case SIGSEGV: line.text("SIGSEGV"); break;
    case SIGBUS: line.text("SIGBUS"); break;
    case SIGILL: line.text("SIGILL"); break;
    case SIGFPE: line.text("SIGFPE"); break;
    default: line.text("signal ").number(static_cast<u64>(info.si_signo)); break;
  }
  line.text(" at host pc ").hex(rip);
  if (base && rip > base) line.text(" (veneer+").hex(rip - base).text(")");
  line.text(", address ").hex(reinterpret_cast<u64>(info.si_addr));
  if (thread) {
    line.text(", guest pc ").hex(thread->cpu.pc).text(", thread ").number(static_cast<u64>(thread->tid));
  }
  line.print();
  if (thread) {
    if (const GuestAddr unit = thread->process.translator->unit_pc(rip)) {
      line.text("veneer: what the code there is made of: veneer run --dump=guest,ir,host:")
          .hex(unit)
          .text(" PROGRAM");
      line.print();
    }
  }
  line.text("veneer: this is an error in veneer; please report these lines with the program and its arguments");
  line.print();
  host_syscall(SYS_exit_group, exit_status::kVeneer);
  __builtin_unreachable();
}

}  // namespace veneer
