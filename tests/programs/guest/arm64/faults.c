// What an arm64 kernel shows a program that faults: signal, code, address, pc, and registers as they were.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
  uint64_t address, pc, sp, pstate, x[31];
} seen;
static uint64_t resume_at;  // 0: at the link register

static void handler(int signal, siginfo_t* info, void* context) {
  mcontext_t* m = &((ucontext_t*)context)->uc_mcontext;
  seen.signal = signal;
  seen.code = info->si_code;
  seen.address = (uint64_t)info->si_addr;
  seen.pc = m->pc;
  seen.sp = m->sp;
  seen.pstate = m->pstate;
  memcpy(seen.x, m->regs, sizeof seen.x);
  m->pc = resume_at ? resume_at : m->regs[30];
}

static const char* name(int signal) {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGILL: return "SIGILL";
    case SIGTRAP: return "SIGTRAP";
    case SIGFPE: return "SIGFPE";
    default: return "none";
  }
}

// Calls code with x0 = argument; a fault in it returns from it. Prints where the fault was, against what is expected.
static void expect(const char* what, void* code, uint64_t argument, int signal, int si_code, uint64_t address,
                   uint64_t pc) {
  memset(&seen, 0, sizeof seen);
  resume_at = 0;
  register uint64_t x0 asm("x0") = argument;
  register void* x9 asm("x9") = code;
  asm volatile("blr x9" : "+r"(x0), "+r"(x9) : : "x1", "x2", "x3", "x4", "x5", "x30", "v0", "v1", "memory", "cc");
  int good = seen.signal == signal && seen.code == si_code && seen.address == address && (!signal || seen.pc == pc);
  printf("%s: %s %d%s\n", what, name(seen.signal), seen.code, good ? "" : " UNEXPECTED");
  if (!good)
    printf("  address %#llx, pc %#llx; wanted %s %d, %#llx, %#llx\n", (unsigned long long)seen.address,
           (unsigned long long)seen.pc, name(signal), si_code, (unsigned long long)address, (unsigned long long)pc);
}

extern char load_x[], store_x[], load_pair[], load_pair_at[], store_pre[], ldxr_x[], ldadd_x[], ldar_w[], stlr_h[], casp_x[],
    brk_7[], brk_at[], udf[], privileged[], load_tagged[], flags_kept[], flags_at[], vector_load[], hvc[], jump[],
    flags_across[], flags_across_at[], sp_twice[], sp_at[], sp_fixed[], sp_unused[], sp_atomic[], sp_atomic_at[];
asm(".text\n.arch armv8.2-a\n"
    ".globl load_x, store_x, load_pair, load_pair_at, store_pre, ldxr_x, ldadd_x, ldar_w, stlr_h, casp_x, brk_7, brk_at, udf, privileged\n"
    ".globl load_tagged, flags_kept, flags_at, vector_load, hvc, jump\n"
    "load_x: ldr x1, [x0]\n ret\n"
    "store_x: str x1, [x0]\n ret\n"
    "load_pair: mov x1, #11\n mov x2, #22\nload_pair_at: ldp x1, x2, [x0], #16\n ret\n"
    "store_pre: str x1, [x0, #-8]!\n ret\n"
    "ldxr_x: ldxr x1, [x0]\n ret\n"
    "ldadd_x: ldadd x1, x2, [x0]\n ret\n"
    "ldar_w: ldar w1, [x0]\n ret\n"
    "stlr_h: stlrh w1, [x0]\n ret\n"
    "casp_x: casp x2, x3, x4, x5, [x0]\n ret\n"
    "brk_7: mov x1, #5\nbrk_at: brk #7\n mov x1, #6\n ret\n"
    "udf: .inst 0x00000000\n ret\n"
    "privileged: mrs x1, sctlr_el1\n ret\n"
    "hvc: hvc #0\n ret\n"
    "load_tagged: ldr x0, [x0]\n ret\n"
    "flags_kept: mov x1, #1\n cmp x1, #2\nflags_at: ldr x1, [x0]\n cmp x1, x1\n ret\n"
    "vector_load: ld1 {v0.16b, v1.16b}, [x0]\n ret\n"
    "jump: br x0\n"
    // Nothing but the fault can see the flags: set before a branch, overwritten after the load.
    ".globl flags_across, flags_across_at, sp_twice, sp_at, sp_fixed, sp_unused, sp_atomic, sp_atomic_at\n"
    "flags_across: mov x1, #3\n cmp x1, #2\n cbz x1, 1f\n b 1f\n1: mov x2, #4\n"
    "flags_across_at: ldr x1, [x0]\n cmp x1, x1\n ret\n"
    // SP is x0 less than it was; both accesses are by it.
    "sp_twice: mov x3, sp\n sub sp, sp, #64\n str x1, [sp, #8]\n sub sp, sp, x0\n"
    "sp_at: ldr x1, [sp, #8]\nsp_fixed: mov sp, x3\n ret\n"
    "sp_unused: mov x3, sp\n sub sp, sp, #8\n mov x2, sp\n ldr x1, [x2]\n sub sp, sp, #8\n ldr x1, [sp]\n mov sp, x3\n"
    " ret\n"
    "sp_atomic: mov x3, sp\n sub sp, sp, #68\nsp_atomic_at: ldr q0, [sp, #16]!\n mov sp, x3\n ret\n");

static void memory_faults(void) {
  char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  uint64_t p = (uint64_t)page, gone = p + 4096;
  expect("load, nothing there", load_x, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)load_x);
  expect("load, null", load_x, 8, SIGSEGV, SEGV_MAPERR, 8, (uint64_t)load_x);
  expect("load across the end", load_x, gone - 3, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)load_x);
  expect("load, PROT_NONE", load_x, (uint64_t)none, SIGSEGV, SEGV_ACCERR, (uint64_t)none, (uint64_t)load_x);
  expect("store, read-only", store_x, (uint64_t)text + 16, SIGSEGV, SEGV_ACCERR, (uint64_t)text + 16, (uint64_t)store_x);
  expect("load, beyond the lower half", load_x, 1ull << 48, SIGSEGV, SEGV_MAPERR, 1ull << 48, (uint64_t)load_x);
  expect("load, upper half", load_x, 0xffff800000001234, SIGSEGV, SEGV_MAPERR, 0xffff800000001234, (uint64_t)load_x);
  expect("load, tagged", load_x, 0x5a00000000000000 | gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)load_x);
  expect("pair across the end", load_pair, gone - 8, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)load_pair_at);
  printf("  base %s, x1 %d, x2 %d\n", seen.x[0] == gone - 8 ? "kept" : "CHANGED", (int)seen.x[1], (int)seen.x[2]);
  expect("store, pre-indexed", store_pre, gone + 16, SIGSEGV, SEGV_MAPERR, gone + 8, (uint64_t)store_pre);
  printf("  base %s\n", seen.x[0] == gone + 16 ? "kept" : "CHANGED");
  expect("vector load across the end", vector_load, gone - 20, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)vector_load);
  *(uint64_t*)page = 42;
  register uint64_t x0 asm("x0") = p | 0xab00000000000000;
  asm volatile("bl load_tagged" : "+r"(x0) : : "x30", "memory");
  printf("tagged load: %d\n", (int)x0);
  memset(&seen, 0, sizeof seen);
  expect("flags", flags_kept, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)flags_at);
  printf("  nzcv %x\n", (unsigned)(seen.pstate >> 28));
  expect("flags of another block", flags_across, gone, SIGSEGV, SEGV_MAPERR, gone, (uint64_t)flags_across_at);
  printf("  nzcv %x\n", (unsigned)(seen.pstate >> 28));

  int fd = memfd_create("short", 0);
  if (ftruncate(fd, 100) != 0) return;
  char* file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
  expect("load, within the file's last page", load_x, (uint64_t)file + 200, 0, 0, 0, 0);
  expect("load, beyond the file", load_x, (uint64_t)file + 4096, SIGBUS, BUS_ADRERR, (uint64_t)file + 4096,
         (uint64_t)load_x);
  printf("write(2) of nothing: %zd %s\n", write(1, (void*)gone, 1), strerror(errno));
}

static void alignment_faults(void) {
  static uint64_t words[8] __attribute__((aligned(64)));
  uint64_t at = (uint64_t)words;
  expect("plain load, misaligned", load_x, at + 3, 0, 0, 0, 0);
  expect("plain store, misaligned", store_x, at + 5, 0, 0, 0, 0);
  expect("exclusive, misaligned", ldxr_x, at + 4, SIGBUS, BUS_ADRALN, at + 4, (uint64_t)ldxr_x);
  expect("atomic, misaligned", ldadd_x, at + 1, SIGBUS, BUS_ADRALN, at + 1, (uint64_t)ldadd_x);
  expect("acquire, misaligned", ldar_w, at + 2, SIGBUS, BUS_ADRALN, at + 2, (uint64_t)ldar_w);
  expect("release, misaligned", stlr_h, at + 1, SIGBUS, BUS_ADRALN, at + 1, (uint64_t)stlr_h);
  expect("pair compare-and-swap, misaligned", casp_x, at + 8, SIGBUS, BUS_ADRALN, at + 8, (uint64_t)casp_x);
  expect("acquire, aligned", ldar_w, at + 4, 0, 0, 0, 0);
}

// An access by SP, which is not a multiple of 16: SCTLR_EL1.SA0.
static void misaligned_stack(const char* what, void* code, uint64_t less, uint64_t pc) {
  memset(&seen, 0, sizeof seen);
  resume_at = (uint64_t)sp_fixed;
  register uint64_t x0 asm("x0") = less;
  register void* x9 asm("x9") = code;
  asm volatile("blr x9" : "+r"(x0), "+r"(x9) : : "x1", "x2", "x3", "x30", "v0", "memory");
  printf("%s: %s %d", what, name(seen.signal), seen.code);
  if (seen.signal)
    printf(", at %s, address %s, sp %% 16 = %d", seen.pc == pc ? "it" : "ANOTHER PC", seen.address == seen.sp ? "is sp" : "WRONG",
           (int)(seen.sp % 16));
  printf("\n");
}

static void stack_alignment(void) {
  for (int i = 0; i < 1000; i++) {
    register uint64_t x0 asm("x0") = 16;
    asm volatile("bl sp_twice" : "+r"(x0) : : "x1", "x3", "x30", "memory");
  }
  misaligned_stack("sp, aligned", sp_twice, 32, (uint64_t)sp_at);
  misaligned_stack("sp, by 8", sp_twice, 8, (uint64_t)sp_at);
  misaligned_stack("sp, by 1", sp_twice, 1, (uint64_t)sp_at);
  misaligned_stack("sp, not used while misaligned", sp_unused, 0, 0);
  misaligned_stack("sp, pre-indexed", sp_atomic, 0, (uint64_t)sp_atomic_at);
  misaligned_stack("sp, aligned again", sp_twice, 48, (uint64_t)sp_at);
}

static void jumps(void) {
  static uint32_t data[4] = {0xd65f03c0};
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page, 4096);
  uint64_t gone = (uint64_t)page;
  expect("jump to nothing", jump, gone + 8, SIGSEGV, SEGV_MAPERR, gone + 8, gone + 8);
  expect("jump to null", jump, 0, SIGSEGV, SEGV_MAPERR, 0, 0);
  expect("jump to data", jump, (uint64_t)data, SIGSEGV, SEGV_ACCERR, (uint64_t)data, (uint64_t)data);
  expect("jump between instructions", jump, (uint64_t)load_x + 2, SIGBUS, BUS_ADRALN, (uint64_t)load_x + 2,
         (uint64_t)load_x + 2);
  expect("jump beyond the lower half", jump, 1ull << 50, SIGSEGV, SEGV_MAPERR, 1ull << 50, 1ull << 50);
  expect("jump to the upper half", jump, 0xffff800000001000, SIGSEGV, SEGV_MAPERR, 0xffff800000001000,
         0xffff800000001000);
  expect("jump to text with a tag", jump, (uint64_t)brk_at | 0x1200000000000000, SIGTRAP, TRAP_BRKPT, (uint64_t)brk_at,
         (uint64_t)brk_at);
}

static void traps(void) {
  expect("brk", brk_7, 0, SIGTRAP, TRAP_BRKPT, (uint64_t)brk_at, (uint64_t)brk_at);
  printf("  x1 %d\n", (int)seen.x[1]);
  memset(&seen, 0, sizeof seen);
  resume_at = (uint64_t)brk_at + 4;
  register uint64_t x1 asm("x1") = 0;
  asm volatile("bl brk_7" : "+r"(x1) : : "x30", "memory");
  printf("resumed behind it: x1 %d\n", (int)x1);
  expect("undefined", udf, 0, SIGILL, ILL_ILLOPC, (uint64_t)udf, (uint64_t)udf);
  expect("privileged register", privileged, 0, SIGILL, ILL_ILLOPC, (uint64_t)privileged, (uint64_t)privileged);
  expect("hypervisor call", hvc, 0, SIGILL, ILL_ILLOPC, (uint64_t)hvc, (uint64_t)hvc);
}

static void division(void) {
  volatile int zero = 0, least = INT_MIN, minus = -1;
  volatile long lzero = 0, lleast = LONG_MIN;
  int q;
  long lq;
  asm volatile("sdiv %w0, %w1, %w2" : "=r"(q) : "r"(7), "r"(zero));
  printf("7 / 0 = %d", q);
  asm volatile("sdiv %w0, %w1, %w2" : "=r"(q) : "r"(least), "r"(minus));
  printf(", INT_MIN / -1 = %d", q);
  asm volatile("udiv %0, %1, %2" : "=r"(lq) : "r"(7l), "r"(lzero));
  printf(", 7ul / 0 = %ld", lq);
  asm volatile("sdiv %0, %1, %2" : "=r"(lq) : "r"(lleast), "r"(-1l));
  printf(", LONG_MIN / -1 = %ld\n", lq);
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

static uint32_t mov_w0(unsigned value) { return 0x52800000 | value << 5; }

// Code that is written, run, changed and run again, as the architecture asks for it to be done (Arm ARM B2.7.4.2).
static void own_code(void) {
  uint32_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*run)(void) = (int (*)(void))(void*)code;
  int sum = 0;
  code[1] = 0xd65f03c0;
  for (unsigned i = 0; i < 2000; i++) {
    code[0] = mov_w0(i);
    __builtin___clear_cache((char*)code, (char*)(code + 2));
    sum += run();
  }
  printf("code written 2000 times: %d\n", sum);

  int fd = memfd_create("code", 0);
  if (ftruncate(fd, 4096) != 0) return;
  uint32_t* writer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uint32_t* runner = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  run = (int (*)(void))(void*)runner;
  writer[1] = 0xd65f03c0;
  sum = 0;
  for (unsigned i = 0; i < 500; i++) {
    writer[0] = mov_w0(i * 2);
    __builtin___clear_cache((char*)writer, (char*)(writer + 2));
    __builtin___clear_cache((char*)runner, (char*)(runner + 2));
    sum += run();
  }
  printf("code written elsewhere: %d\n", sum);

  uint32_t* sealed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  run = (int (*)(void))(void*)sealed;
  sum = 0;
  for (unsigned i = 0; i < 200; i++) {
    mprotect(sealed, 4096, PROT_READ | PROT_WRITE);
    sealed[0] = mov_w0(i * 3);
    sealed[1] = 0xd65f03c0;
    mprotect(sealed, 4096, PROT_READ | PROT_EXEC);
    __builtin___clear_cache((char*)sealed, (char*)(sealed + 2));
    sum += run();
  }
  printf("code sealed by mprotect: %d\n", sum);

  // A loop that rewrites an instruction ahead of itself.
  uint32_t loop[] = {
      0xd2800002,  // mov x2, #0
      0xb9000001,  // str w1, [x0]
      0xd50b7b20,  // dc cvau, x0
      0xd5033b9f,  // dsb ish
      0xd50b7520,  // ic ivau, x0
      0xd5033b9f,  // dsb ish
      0xd5033fdf,  // isb
      0xd2800022,  // mov x2, #1     <- x0
      0xaa0203e0,  // mov x0, x2
      0xd65f03c0,
  };
  memcpy(code, loop, sizeof loop);
  __builtin___clear_cache((char*)code, (char*)code + sizeof loop);
  long (*itself)(uint32_t*, uint32_t) = (long (*)(uint32_t*, uint32_t))(void*)code;
  long total = 0;
  for (unsigned i = 0; i < 300; i++) total += itself(code + 7, 0xd2800002 | i << 5);
  printf("code that writes itself: %ld\n", total);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) sigaction(signals[i], &action, NULL);
  memory_faults();
  alignment_faults();
  stack_alignment();
  jumps();
  traps();
  division();
  stack_overflow();
  own_code();
  return 0;
}
