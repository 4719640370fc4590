// Dies by the signal that its argument says, with two more threads and something in memory.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int value = 0x1234;
char* text;

static void* waits(void* argument) {
  pause();
  return argument;
}

static void* spins(void* argument) {
  for (volatile int i = 0;; i++) {
  }
  return argument;
}

__attribute__((noinline)) void inner(int how) {
  text = strdup("heap text");
  if (how == 0) *(volatile int*)16 = 1;
  if (how == 1) abort();
  kill(getpid(), SIGXCPU);
  for (;;) pause();
}

int main(int argc, char** argv) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, waits, NULL);
  pthread_create(&threads[1], NULL, spins, NULL);
  usleep(20000);
  inner(argc > 1 ? atoi(argv[1]) : 0);
}
