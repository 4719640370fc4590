// Processes in one memory that run at the same time: clone with CLONE_VM and neither CLONE_VFORK nor CLONE_THREAD.
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int turn;
static int handled;
static char text[64];

static void wait_for(int value) {
  int seen;
  while ((seen = atomic_load(&turn)) != value) syscall(SYS_futex, &turn, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void pass_to(int value) {
  atomic_store(&turn, value);
  syscall(SYS_futex, &turn, FUTEX_WAKE, 100, NULL, NULL, 0);
}

static void handler(int signal) { handled += signal; }

static int child(void* argument) {
  int rounds = *(int*)argument;
  for (int i = 0; i < rounds; i++) {
    wait_for(2 * i + 1);
    snprintf(text, sizeof text, "round %d", i);
    pass_to(2 * i + 2);
  }
  signal(SIGUSR1, handler);
  kill(getpid(), SIGUSR1);
  void* p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(p, "mapped by the child");
  *(void**)argument = p;
  if (getppid() != *(int*)((char*)argument + 8)) _exit(1);
  _exit(7);
}

static int executes(void* argument) {
  execl("/proc/self/exe", "clone_vm", argument, (char*)NULL);
  _exit(1);
}

int main(int argc, char** argv) {
  if (argc > 1) return atoi(argv[1]);
  static char stack[2][65536] __attribute__((aligned(16)));
  for (int k = 0; k < 3; k++) {
    struct {
      union {
        int rounds;
        char* mapped;
      };
      int parent;
    } shared = {.rounds = 1000, .parent = getpid()};
    atomic_store(&turn, 0);
    int pid = clone(child, stack[0] + sizeof stack[0], CLONE_VM | SIGCHLD, &shared);
    int good = 0;
    for (int i = 0; i < 1000; i++) {
      pass_to(2 * i + 1);
      wait_for(2 * i + 2);
      char expected[64];
      snprintf(expected, sizeof expected, "round %d", i);
      good += strcmp(text, expected) == 0;
    }
    int status;
    waitpid(pid, &status, 0);
    printf("rounds %d, status %d, %s\n", good, WEXITSTATUS(status), shared.mapped);
  }
  printf("handled %d\n", handled);
  int a = clone(executes, stack[0] + sizeof stack[0], CLONE_VM | CLONE_FILES | SIGCHLD, "5");
  int b = clone(executes, stack[1] + sizeof stack[1], CLONE_VM | CLONE_SIGHAND | SIGCHLD, "6");
  int status;
  waitpid(a, &status, 0);
  printf("executed: %d", WEXITSTATUS(status));
  waitpid(b, &status, 0);
  printf(" %d\n", WEXITSTATUS(status));
  return 0;
}
