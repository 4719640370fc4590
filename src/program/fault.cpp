#include "program/fault.h"

#include <cstring>
#include <string_view>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

#include "base/errors.h"
#include "program/abi.h"
#include "program/signals.h"
#include "translate/ir/types.h"

extern "C" const char __executable_start[]  // NOLINT(bugprone-reserved-identifier): the linker's
    __attribute__((weak, visibility("hidden")));

namespace veneer {
namespace {

void raise(Thread& thread, GuestException what, int signal, int code, GuestAddr addr, bool was_write = false) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(addr);
  thread.process.platform.abi->describe_exception(thread, what, was_write, info);
  force_signal(thread, info);
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
  const GuestAddr pc = thread.cpu.pc;
  switch (static_cast<ir::TrapKind>(thread.cpu.exit_info & 0xff)) {
    case ir::TrapKind::Undefined: return raise(thread, GuestException::Undefined, SIGILL, ILL_ILLOPC, pc);
    case ir::TrapKind::Breakpoint: return raise(thread, GuestException::Breakpoint, SIGTRAP, TRAP_BRKPT, pc);
    case ir::TrapKind::FetchFault: {
      const bool mapped = thread.process.maps.find(pc).has_value();
      return raise(thread, GuestException::Fetch, SIGSEGV, mapped ? SEGV_ACCERR : SEGV_MAPERR, pc);
    }
    case ir::TrapKind::PcAlignment:
      return raise(thread, GuestException::FetchAlignment, SIGBUS, BUS_ADRALN, pc);
  }
}

void raise_fault(Thread& thread) {
  const CpuState& cpu = thread.cpu;
  const bool was_write = std::exchange(thread.signals.fault_was_write, false);
  raise(thread, GuestException::Access, static_cast<int>(cpu.fault_signal), cpu.fault_code, cpu.fault_addr,
        was_write);
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
