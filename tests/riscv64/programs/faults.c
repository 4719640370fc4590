// What a riscv64 kernel shows a program that faults: signal, code, address, pc, and registers as they were.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static struct {
  int signal, code;
  uint64_t address, pc, x[32];
} seen;
static uint64_t resume_at;  // 0: at the return address

static void handler(int signal, siginfo_t* info, void* context) {
  unsigned long* x = ((ucontext_t*)context)->uc_mcontext.__gregs;
  seen.signal = signal;
  seen.code = info->si_code;
  seen.address = (uint64_t)info->si_addr;
  seen.pc = x[REG_PC];
  memcpy(seen.x, x, sizeof seen.x);
  x[REG_PC] = resume_at ? resume_at : x[REG_RA];
}

static const char* name(int signal) {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGILL: return "SIGILL";
    case SIGTRAP: return "SIGTRAP";
    default: return "none";
  }
}

// Calls code with a0 = argument; a fault in it returns from it. Prints where the fault was, against what is expected.
static void expect(const char* what, void* code, uint64_t argument, int signal, int si_code, uint64_t address,
                   uint64_t pc) {
  memset(&seen, 0, sizeof seen);
  resume_at = 0;
  register uint64_t a0 asm("a0") = argument;
  register void* t6 asm("t6") = code;
  asm volatile("jalr t6" : "+r"(a0), "+r"(t6) : : "a1", "a2", "a3", "a4", "a5", "ra", "t0", "ft0", "fa0", "memory");
  int good = seen.signal == signal && seen.code == si_code && seen.address == address && (!signal || seen.pc == pc);
  printf("%s: %s %d%s\n", what, name(seen.signal), seen.code, good ? "" : " UNEXPECTED");
  if (!good)
    printf("  address %#llx, pc %#llx; wanted %s %d, %#llx, %#llx\n", (unsigned long long)seen.address,
           (unsigned long long)seen.pc, name(signal), si_code, (unsigned long long)address, (unsigned long long)pc);
}

extern char load_d[], load_kept[], load_kept_at[], store_d[], short_load[], float_load[], lr_w[], sc_d[], sc_at[], amo_d[], amo_w[],
    break_4[], break_4_at[], break_2[], zeros[], ones[], reserved[], csr[], counter[], jump[], straddling[], dynamic[],
    dynamic_at[], named[];
asm(".text\n.option push\n.option norvc\n"
    "load_d: ld a1, (a0)\n ret\n"
    "load_kept: li a1, 11\n li a2, 22\nload_kept_at: ld a1, 8(a0)\n li a2, 33\n ret\n"
    "store_d: sd a1, (a0)\n ret\n"
    "float_load: fld ft0, (a0)\n ret\n"
    "lr_w: lr.w a1, (a0)\n ret\n"
    "sc_d: andi a1, a0, -8\n lr.d a2, (a1)\nsc_at: sc.d a2, a2, (a0)\n ret\n"
    "amo_d: amoadd.d a1, a2, (a0)\n ret\n"
    "amo_w: amoswap.w a1, a2, (a0)\n ret\n"
    "break_4: li a1, 5\nbreak_4_at: ebreak\n li a1, 6\n ret\n"
    "reserved: .word 0x0000707b\n ret\n"
    "csr: csrr a1, sstatus\n ret\n"
    "counter: csrw cycle, a1\n ret\n"
    "jump: jr a0\n"
    // With frm as a0 says: what rounds by it, after what does not.
    "dynamic: fsrm a0\n fadd.d fa0, fa0, fa0, rne\n li a1, 7\n fsgnj.d ft0, fa0, fa0\ndynamic_at: fadd.d fa0, fa0, fa0, dyn\n"
    " li a1, 8\n ret\n"
    "named: fsrm a0\n fadd.d fa0, fa0, fa0, rtz\n fcvt.l.d a1, fa0, rdn\n fsqrt.d fa0, fa0, rup\n fmin.d fa0, fa0, fa0\n ret\n"
    ".option rvc\n"
    "short_load: c.ld a1, 0(a0)\n ret\n"
    "break_2: c.ebreak\n ret\n"
    "zeros: .half 0\n ret\n"
    "ones: .half 0xffff, 0xffff\n ret\n"
    ".option pop\n");

static void memory_faults(void) {
  char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  uint64_t gone = (uint64_t)page + 4096;
  expect("load, nothing there", load_d, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)load_d);
  expect("load, null", load_d, 8, SIGSEGV, SEGV_MAPERR, 8, (uint64_t)load_d);
  expect("load, PROT_NONE", load_d, (uint64_t)none, SIGSEGV, SEGV_ACCERR, (uint64_t)none, (uint64_t)load_d);
  expect("compressed load", short_load, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)short_load);
  expect("floating load", float_load, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)float_load);
  expect("store, read-only", store_d, (uint64_t)text + 16, SIGSEGV, SEGV_ACCERR, (uint64_t)text + 16, (uint64_t)store_d);
  expect("atomic, read-only", amo_d, (uint64_t)text + 16, SIGSEGV, SEGV_ACCERR, (uint64_t)text + 16, (uint64_t)amo_d);
  expect("load, upper half", load_d, 0xffffffc000001234, SIGSEGV, SEGV_MAPERR, 0xffffffc000001234, (uint64_t)load_d);
  expect("load, no address", load_d, 0x5a00000000001230, SIGSEGV, SEGV_MAPERR, 0x5a00000000001230, (uint64_t)load_d);
  expect("registers", load_kept, gone, SIGSEGV, SEGV_MAPERR, gone + 8, (uint64_t)load_kept_at);
  printf("  a0 %s, a1 %d, a2 %d\n", seen.x[REG_A0] == gone ? "kept" : "CHANGED", (int)seen.x[REG_A0 + 1],
         (int)seen.x[REG_A0 + 2]);
  int fd = memfd_create("short", 0);
  if (ftruncate(fd, 100) != 0) return;
  char* file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
  expect("load, within the file's last page", load_d, (uint64_t)file + 200, 0, 0, 0, 0);
  expect("load, beyond the file", load_d, (uint64_t)file + 4096, SIGBUS, BUS_ADRERR, (uint64_t)file + 4096, (uint64_t)load_d);
  printf("write(2) of nothing: %zd %s\n", write(1, (void*)gone, 1), strerror(errno));
}

// The kernel makes misaligned loads and stores, but not atomic ones: it tells where the instruction is.
static void alignment(void) {
  static uint64_t words[8] __attribute__((aligned(64)));
  uint64_t at = (uint64_t)words;
  expect("load, misaligned", load_d, at + 3, 0, 0, 0, 0);
  expect("store, misaligned", store_d, at + 5, 0, 0, 0, 0);
  expect("floating load, misaligned", float_load, at + 1, 0, 0, 0, 0);
  expect("load-reserved, misaligned", lr_w, at + 2, SIGBUS, BUS_ADRALN, (uint64_t)lr_w, (uint64_t)lr_w);
  expect("store-conditional, misaligned", sc_d, at + 4, SIGBUS, BUS_ADRALN, (uint64_t)sc_at, (uint64_t)sc_at);
  expect("atomic, misaligned", amo_d, at + 4, SIGBUS, BUS_ADRALN, (uint64_t)amo_d, (uint64_t)amo_d);
  expect("atomic of a word, misaligned", amo_w, at + 1, SIGBUS, BUS_ADRALN, (uint64_t)amo_w, (uint64_t)amo_w);
  expect("atomic of a word, aligned", amo_w, at + 4, 0, 0, 0, 0);
}

static void jumps(void) {
  static uint32_t data[4] = {0x00008067};
  char* pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(pages + 4096, 4096);
  uint64_t gone = (uint64_t)pages + 4096;
  expect("jump to nothing", jump, gone + 8, SIGSEGV, SEGV_MAPERR, gone + 8, gone + 8);
  expect("jump to null", jump, 0, SIGSEGV, SEGV_MAPERR, 0, 0);
  expect("jump to data", jump, (uint64_t)data, SIGSEGV, SEGV_ACCERR, (uint64_t)data, (uint64_t)data);
  expect("jump to an odd address", jump, (uint64_t)break_2 | 1, SIGTRAP, TRAP_BRKPT, (uint64_t)break_2, (uint64_t)break_2);
  expect("jump to the upper half", jump, 0xffffffc000001000, SIGSEGV, SEGV_MAPERR, 0xffffffc000001000, 0xffffffc000001000);
}

static void traps(void) {
  expect("ebreak", break_4, 0, SIGTRAP, TRAP_BRKPT, (uint64_t)break_4_at, (uint64_t)break_4_at);
  printf("  a1 %d\n", (int)seen.x[REG_A0 + 1]);
  memset(&seen, 0, sizeof seen);
  resume_at = (uint64_t)break_4_at + 4;
  register uint64_t a1 asm("a1") = 0;
  asm volatile("call break_4" : "+r"(a1) : : "ra", "memory");
  printf("resumed behind it: a1 %d\n", (int)a1);
  expect("c.ebreak", break_2, 0, SIGTRAP, TRAP_BRKPT, (uint64_t)break_2, (uint64_t)break_2);
  expect("zeros", zeros, 0, SIGILL, ILL_ILLOPC, (uint64_t)zeros, (uint64_t)zeros);
  expect("ones", ones, 0, SIGILL, ILL_ILLOPC, (uint64_t)ones, (uint64_t)ones);
  expect("reserved", reserved, 0, SIGILL, ILL_ILLOPC, (uint64_t)reserved, (uint64_t)reserved);
  expect("a register of the supervisor's", csr, 0, SIGILL, ILL_ILLOPC, (uint64_t)csr, (uint64_t)csr);
  expect("a counter, written", counter, 0, SIGILL, ILL_ILLOPC, (uint64_t)counter, (uint64_t)counter);
}

// frm may hold what is no rounding mode: instructions that name their own do not care.
static void rounding(void) {
  for (uint64_t mode = 0; mode < 8; mode++) {
    const int bad = mode > 4;
    for (int i = 0; i < (mode == 5 ? 3000 : 2); i++) {
      if (i == 0) printf("frm %d, ", (int)mode);
      if (i == 0) expect("dynamic", dynamic, mode, bad ? SIGILL : 0, bad ? ILL_ILLOPC : 0, bad ? (uint64_t)dynamic_at : 0, (uint64_t)dynamic_at);
      if (bad && i == 0) printf("  a1 %d\n", (int)seen.x[REG_A0 + 1]);
      memset(&seen, 0, sizeof seen);
      register uint64_t a0 asm("a0") = mode;
      resume_at = 0;
      asm volatile("call dynamic" : "+r"(a0) : : "a1", "ra", "fa0", "ft0", "memory");
      if ((seen.signal == SIGILL) != bad) printf("at the %d. time: %s\n", i + 2, name(seen.signal));
    }
    expect("  its own", named, mode, 0, 0, 0, 0);
  }
  asm volatile("fsrm zero");
}

static int recurse(volatile char* above) {
  volatile char frame[512];
  frame[0] = above ? above[0] : 1;
  return recurse(frame) + frame[0];
}
static sigjmp_buf back;
static uint64_t overflow_address;
static int handler_on_alternate;
static stack_t alternate;
static void overflow_handler(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  char here;
  overflow_address = (uint64_t)info->si_addr;
  handler_on_alternate = &here >= (char*)alternate.ss_sp && &here < (char*)alternate.ss_sp + alternate.ss_size;
  siglongjmp(back, 1);
}
static void stack_overflow(void) {
  struct rlimit limit = {1 << 20, 1 << 20};
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGSEGV, SIG_DFL);
    setrlimit(RLIMIT_STACK, &limit);
    _exit(recurse(0));
  }
  int status;
  waitpid(pid, &status, 0);
  printf("stack overflow: %s\n", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no signal");
  alternate = (stack_t){.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = overflow_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK}, old;
  sigaction(SIGSEGV, &action, &old);
  getrlimit(RLIMIT_STACK, &limit);
  limit.rlim_cur = 1 << 20;
  setrlimit(RLIMIT_STACK, &limit);
  uint64_t sp = (uint64_t)__builtin_frame_address(0);
  if (sigsetjmp(back, 1) == 0) recurse(0);
  printf("with a handler: %s, %s\n", handler_on_alternate ? "on the alternate stack" : "NOT on the alternate stack",
         sp - overflow_address < (9 << 20) ? "near the stack" : "FAR from the stack");
  sigaction(SIGSEGV, &old, NULL);
}

// A frame that says that there is more than the kernel has put there is none.
static void spoil(int signal, siginfo_t* info, void* context) {
  (void)info;
  uint32_t* words = (uint32_t*)&((ucontext_t*)context)->uc_mcontext.__fpregs;
  words[signal == SIGUSR1 ? 129 : 130] = 0x12345678;
}
static void bad_frames(void) {
  for (int signal = SIGUSR1;; signal = SIGUSR2) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
      struct sigaction a = {.sa_sigaction = spoil, .sa_flags = SA_SIGINFO};
      sigaction(signal, &a, NULL);
      struct sigaction d = {.sa_handler = SIG_DFL};
      sigaction(SIGSEGV, &d, NULL);
      raise(signal);
      _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("a spoiled frame: %s\n", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "accepted");
    if (signal == SIGUSR2) break;
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) sigaction(signals[i], &action, NULL);
  memory_faults();
  alignment();
  jumps();
  traps();
  rounding();
  stack_overflow();
  bad_frames();
  return 0;
}
