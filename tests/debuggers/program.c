#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>

volatile int counter;
static volatile int first_has_added;
static int level;

static void handler(int signal) { printf("handler %d\n", signal); }

// Of two threads one adds first, and a debugger that watches sees it alone: it has stopped both by then.
static void* adds(void* is_first) {
  while (!is_first && !first_has_added) usleep(100);
  for (int i = 0; i < 2; i++) {
    __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
    first_has_added = 1;
    usleep(1000);
  }
  return NULL;
}

__attribute__((noinline)) int fib(int n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

// On riscv64 a sequence of LR and SC, which must be stepped over as one.
__attribute__((noinline)) int raise_to(int n) {
  int old = level;
  while (old < n && !__atomic_compare_exchange_n(&level, &old, n, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
  return level;
}

int main(void) {
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  printf("fib %d\n", fib(10));
  raise_to(7);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, adds, i == 0 ? &level : NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  fflush(stdout);
  if (fork() == 0) _exit(fib(5));
  int status;
  wait(&status);
  printf("child %d, counter %d\n", WEXITSTATUS(status), counter);
  return 3;
}
