// riscv64 only: code that is written and run, illegal instructions, frames of handlers, counters, what the processor is.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

// Steps over the instruction, of two or four bytes, and shows which signal it was; a0 tells.
static void skip(int signal, siginfo_t* info, void* at) {
  ucontext_t* context = at;
  unsigned long* gregs = (unsigned long*)context->uc_mcontext.__gregs;
  const uint16_t first = *(const uint16_t*)gregs[REG_PC];
  printf("signal %d code %d at pc %d\n", signal, info->si_code, info->si_addr == (void*)gregs[REG_PC]);
  gregs[REG_PC] += (first & 3) == 3 ? 4 : 2;
  gregs[REG_A0] = 4711;
  context->uc_mcontext.__fpregs.__d.__f[10] = 0x4000000000000000;
  context->uc_mcontext.__fpregs.__d.__fcsr = 0x61;
}

static long illegal4(void) {
  register long a0 __asm__("a0") = 0;
  __asm__ volatile(".word 0xffffffff" : "+r"(a0));
  return a0;
}
static long illegal2(double* f) {
  register long a0 __asm__("a0") = 0;
  register double fa0 __asm__("fa0") = 1;
  __asm__ volatile(".half 0" : "+r"(a0), "+f"(fa0));
  *f = fa0;
  return a0;
}

int main(void) {
  uint32_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long sum = 0;
  for (uint32_t i = 0; i < 300; i++) {
    code[0] = i << 20 | 10 << 15 | 10 << 7 | 0x13;  // addi a0, a0, i
    code[1] = 0x8067;                               // ret
    __builtin___clear_cache((char*)code, (char*)(code + 2));
    sum = ((long (*)(long))code)(sum);
  }
  printf("%ld\n", sum);
  // By fence.i alone, which is this hart's.
  code[0] = 1 << 20 | 10 << 15 | 10 << 7 | 0x13;
  __asm__ volatile("fence.i" ::: "memory");
  printf("%ld\n", ((long (*)(long))code)(1));

  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, NULL);
  sigaction(SIGTRAP, &action, NULL);
  printf("%ld\n", illegal4());
  double f = 0;
  printf("%ld", illegal2(&f));
  unsigned long fcsr = 0;
  __asm__ volatile("frcsr %0" : "=r"(fcsr));
  printf(" %g %lx\n", f, fcsr);
  __asm__ volatile("fscsr zero");
  __asm__ volatile("ebreak" ::: "a0");
  __asm__ volatile("c.ebreak" ::: "a0");

  unsigned long before = 0, after = 0;
  __asm__ volatile("rdcycle %0" : "=r"(before));
  for (volatile int i = 0; i < 1000; i++) {
  }
  __asm__ volatile("rdtime %0" : "=r"(after));
  printf("%d\n", before < after);

  struct utsname name;
  uname(&name);
  printf("%s %lx\n", name.machine, getauxval(AT_HWCAP));
  struct { int64_t key; uint64_t value; } probe[] = {{3, 0}, {4, 0}, {12345, 0}};
  printf("%ld ", syscall(258, probe, 3L, 0L, NULL, 0L));
  printf("%lu %d %ld\n", probe[0].value, (probe[1].value & 0x3b) == 0x3b, (long)probe[2].key);
  printf("%ld\n", syscall(38, 0, 0, 0, 0));
  char line[300] = "";
  FILE* info = fopen("/proc/cpuinfo", "r");
  while (fgets(line, sizeof line, info))
    if (strncmp(line, "isa", 3) == 0) {
      printf("%.12s\n", strstr(line, "rv64"));
      break;
    }
  // Misaligned accesses work; misaligned atomics do not.
  char bytes[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  printf("%lx\n", *(volatile unsigned long*)(bytes + 1));
  return 0;
}
