// Vector registers as a tracer sees and sets them: NT_RISCV_VECTOR.
#include <asm/ptrace.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
  uint64_t vstart, vl, vtype, vcsr, vlenb;
  unsigned char registers[32 * 1024];
} state;

static long move(enum __ptrace_request request, pid_t pid, size_t* size) {
  struct iovec io = {&state, *size};
  const long result = ptrace(request, pid, (void*)0x901, &io);
  *size = io.iov_len;
  return result;
}
static void try_set(const char* what, pid_t pid, size_t size) {
  const long result = move(PTRACE_SETREGSET, pid, &size);
  printf("%s: %s\n", what, result ? strerror(errno) : "set");
}

static int child(void) {
  uint32_t out[4] = {0};
  uint64_t vcsr;
  ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  asm volatile(
      ".option push\n.option arch, +v\n.option norvc\n"
      "vsetivli zero, 4, e32, m1, ta, ma\n vid.v v1\n vadd.vi v1, v1, 5\n csrwi vxrm, 2\n csrwi vxsat, 1\n"
      "ebreak\n"
      "vse32.v v1, (%1)\n csrr %0, vcsr\n.option pop\n"
      : "=r"(vcsr)
      : "r"(out)
      : "memory");
  for (uint32_t i = 0; i < 4; i++)
    if (out[i] != 100 + i) return 1;
  return vcsr == 2 ? 0 : 2;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status;
  waitpid(pid, &status, 0);
  printf("stopped by %s\n", strsignal(WSTOPSIG(status)));
  size_t size = sizeof state;
  if (move(PTRACE_GETREGSET, pid, &size)) printf("no vectors: %s\n", strerror(errno));
  printf("size %s, vl %d, vtype %#llx, vcsr %d, vstart %d\n", size == 40 + 32 * state.vlenb ? "good" : "WRONG", (int)state.vl,
         (unsigned long long)state.vtype, (int)state.vcsr, (int)state.vstart);
  uint32_t* v1 = (uint32_t*)(state.registers + state.vlenb);
  printf("v1: %u %u %u %u\n", v1[0], v1[1], v1[2], v1[3]);
  const uint64_t vl = state.vl, vlenb = state.vlenb;
  state.vl = 1 << 20;
  try_set("more elements than there are", pid, size);
  state.vl = vl;
  state.vlenb *= 2;
  try_set("longer registers", pid, size);
  state.vlenb = vlenb;
  for (uint32_t i = 0; i < 4; i++) v1[i] = 100 + i;
  state.vcsr = 2;
  try_set("others", pid, size);
  struct user_regs_struct regs;
  struct iovec io = {&regs, sizeof regs};
  ptrace(PTRACE_GETREGSET, pid, (void*)NT_PRSTATUS, &io);
  regs.pc += 4;
  ptrace(PTRACE_SETREGSET, pid, (void*)NT_PRSTATUS, &io);
  ptrace(PTRACE_CONT, pid, NULL, NULL);
  waitpid(pid, &status, 0);
  printf("the child ends with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 0;
}
