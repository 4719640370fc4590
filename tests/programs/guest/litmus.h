// Litmus tests: what threads do at the same time, round after round, and the outcomes that a memory model
// forbids, which must not be seen. LITMUS_ROUNDS=N: how often. For the programs of arm64/ and riscv64/.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What a round is about; zero when it begins. Threads go through many of them side by side before what came out
// is looked at.
struct cell {
  int x __attribute__((aligned(128)));
  int y __attribute__((aligned(128)));
  int z __attribute__((aligned(128)));
  int r[4] __attribute__((aligned(128)));
};
enum { kCells = 64 };
static struct cell cells[kCells];
static __thread struct cell* cell;
#define m (*cell)
static long rounds;

struct test {
  const char* name;
  int threads;
  void (*run)(int thread);
  int (*outcome)(void);
};

static const struct test* current;
static int phase __attribute__((aligned(128)));
static int arrived __attribute__((aligned(128)));
static long seen;

// All threads at once; the last to arrive does the work between.
static void barrier(int threads, int my_phase, int judge) {
  if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == threads) {
    for (int i = 0; judge && i < kCells; i++) {
      cell = &cells[i];
      seen += current->outcome();
      *cell = (struct cell){0};
    }
    arrived = 0;
    __atomic_store_n(&phase, my_phase, __ATOMIC_RELEASE);
    return;
  }
  for (int spins = 0; __atomic_load_n(&phase, __ATOMIC_ACQUIRE) < my_phase; spins++)
    if (spins > 2000) sched_yield();
}

// Waits for the others, where each has a processor, and then a little more: sometimes one is first, sometimes
// another.
static struct {
  volatile long at __attribute__((aligned(128)));
} progress[4];
static void meet(int t, long at, unsigned* random) {
  static int processors;
  if (!processors) processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
  progress[t].at = at;
  if (current->threads <= processors)
    for (int other = 0; other < current->threads; other++)
      for (int spins = 0; progress[other].at < at; spins++)
        if (spins > 2000) sched_yield();
  *random = *random * 1103515245 + 12345;
  for (unsigned wait = *random >> 25; wait > 0; wait--) asm volatile("");
}

static void* run(void* argument) {
  int t = (int)(long)argument, phases = 0;
  unsigned random = (unsigned)t;
  for (long i = 0; i < rounds; i += kCells) {
    barrier(current->threads, ++phases, 0);
    for (int c = 0; c < kCells; c++) {
      cell = &cells[c];
      meet(t, i + c + 1, &random);
      current->run(t);
    }
    barrier(current->threads, ++phases, 1);
  }
  return NULL;
}

// How many rounds had the outcome.
static long count_rounds(const struct test* test) {
  current = test;
  phase = arrived = 0;
  seen = 0;
  for (int t = 0; t < 4; t++) progress[t].at = 0;
  pthread_t threads[4];
  for (long t = 0; t < test->threads; t++) pthread_create(&threads[t], NULL, run, (void*)t);
  for (int t = 0; t < test->threads; t++) pthread_join(threads[t], NULL);
  return seen;
}

static void read_rounds(void) {
  const char* wanted = getenv("LITMUS_ROUNDS");
  rounds = wanted ? atol(wanted) : 100000;
  rounds -= rounds % kCells;
}
