// PTRACE_SINGLESTEP: one instruction, wherever the tracee was. The kernels of some architectures have none.
#define _GNU_SOURCE
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int variable = 5;
static void loops(void) {
  for (;;) variable++;
}

static unsigned long counter(pid_t pid) {
  struct user_regs_struct r;
  struct iovec io = {&r, sizeof r};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io)) printf("  no registers\n");
  return r.pc;
}
static void wait_and_show(pid_t pid) {
  int status;
  siginfo_t info = {0};
  waitpid(pid, &status, __WALL);
  if (!WIFSTOPPED(status)) {
    printf("  killed by %d\n", WTERMSIG(status));
    return;
  }
  ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
  printf("  signal %d code %d event %d\n", WSTOPSIG(status), info.si_code, status >> 16);
}
static pid_t start(int traced) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    if (traced) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
    }
    loops();
  }
  return pid;
}

static void many(void) {
  printf("many\n");
  pid_t pid = start(1);
  wait_and_show(pid);
  int moved = 0, same_code = 0;
  for (int i = 0; i < 2000; i++) {
    unsigned long before = counter(pid);
    ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
    int status;
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
      printf("  status %x\n", status);
      break;
    }
    siginfo_t info;
    ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
    moved += counter(pid) != before;
    same_code += info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT;
  }
  printf("  moved %s, codes %s\n", moved > 1990 ? "always" : "seldom", same_code == 2000 ? "good" : "bad");
  long value = ptrace(PTRACE_PEEKDATA, pid, (unsigned long)&variable & ~7ul, 0) >> ((unsigned long)&variable % 8 * 8) & 0xffff;
  printf("  it works: %d\n", value > 6);
  // From running freely, too.
  ptrace(PTRACE_CONT, pid, 0, 0);
  usleep(20000);
  kill(pid, SIGUSR1);
  wait_and_show(pid);
  ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
  wait_and_show(pid);
  ptrace(PTRACE_KILL, pid, 0, 0);
  wait_and_show(pid);
}

static void from_outside(int seizes) {
  printf("%s\n", seizes ? "seized" : "attached");
  pid_t pid = start(0);
  usleep(50000);
  ptrace(seizes ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0, 0);
  if (seizes) ptrace(PTRACE_INTERRUPT, pid, 0, 0);
  wait_and_show(pid);
  ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
  wait_and_show(pid);
  kill(pid, SIGKILL);
  wait_and_show(pid);
}

int main(void) {
  many();
  from_outside(0);
  from_outside(1);
  return 0;
}
