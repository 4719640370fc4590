// Code that is written, run, changed and run again: announced by fence.i, by riscv_flush_icache(2), or by a change of its
// mapping; by one thread and by several.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kRet = 0x00008067, kPage = 4096 };
static uint32_t li_a0(int value) { return 0x00000513 | (uint32_t)value << 20; }
static void fence_i(void) { asm volatile("fence.i" : : : "memory"); }
static void flush(void* from, void* to, int local) {
  if (syscall(259, from, to, local) != 0) printf("riscv_flush_icache failed\n");
}
static uint32_t* pages(int count, int prot) {
  return mmap(NULL, (size_t)count * kPage, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void same_place(void) {
  for (int how = 0; how < 3; how++) {
    uint32_t* code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
    int (*run)(void) = (int (*)(void))(void*)code;
    long sum = 0;
    code[1] = kRet;
    for (int i = 0; i < 2000; i++) {
      code[0] = li_a0(i & 1023);
      if (how == 0) fence_i();
      if (how == 1) flush(code, code + 2, 0);
      if (how == 2) flush(NULL, NULL, 1);
      sum += run();
    }
    printf("written 2000 times: %ld\n", sum);
  }
}

// Hot code that stays, beside code that is changed: the loops of the first must not become slow, nor stale.
static void beside_others(void) {
  enum { kFunctions = 200 };
  uint32_t* code = pages(kFunctions * 64 / kPage + 2, PROT_READ | PROT_WRITE | PROT_EXEC);
  for (int f = 0; f < kFunctions; f++) {
    uint32_t* at = code + f * 16;
    at[0] = 0x00100593 | 0;            // li a1, 1
    at[1] = 0x00000513;                // li a0, 0
    at[2] = 0x00b50533;                // add a0, a0, a1     <- loop
    at[3] = 0x00158593;                // addi a1, a1, 1
    at[4] = 0x01400613;                // li a2, 20
    at[5] = 0xfeb65ae3;                // bge a2, a1, loop
    at[6] = 0x00050513 | f << 20;      // addi a0, a0, f
    at[7] = kRet;
  }
  fence_i();
  long sum = 0, wanted = 0;
  for (int round = 0; round < 3000; round++) {
    const int f = round % kFunctions;
    code[f * 16 + 6] = 0x00050513 | (uint32_t)(round & 1023) << 20;
    if (round % 2) {
      fence_i();
    } else {
      flush(code, code + kFunctions * 16, 0);
    }
    int (*run)(void) = (int (*)(void))(void*)(code + f * 16);
    sum += run();
    wanted += 210 + (round & 1023);
    for (int other = 0; other < 20; other++) {
      // What another has been changed to, or was at first.
      const int g = (f * 7 + other * 3) % kFunctions;
      int last = round - (f - g + (g > f ? kFunctions : 0));
      if (g == f) last = round;
      int (*run_other)(void) = (int (*)(void))(void*)(code + g * 16);
      sum += run_other();
      wanted += 210 + (last >= 0 ? last & 1023 : g);
    }
  }
  printf("beside others: %s\n", sum == wanted ? "as it should be" : "STALE");
}

static void written_elsewhere(void) {
  int fd = memfd_create("code", 0);
  if (ftruncate(fd, kPage) != 0) return;
  uint32_t* writer = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uint32_t* runner = mmap(NULL, kPage, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  int (*run)(void) = (int (*)(void))(void*)runner;
  writer[1] = kRet;
  long sum = 0;
  for (int i = 0; i < 500; i++) {
    writer[0] = li_a0(i * 2);
    if (i % 2) {
      fence_i();
    } else {
      flush(runner, runner + 2, 0);
    }
    sum += run();
  }
  printf("written elsewhere: %ld\n", sum);
  sum = 0;
  for (int i = 0; i < 200; i++) {
    uint32_t word = li_a0(i);
    if (pwrite(fd, &word, sizeof word, 0) != sizeof word) return;
    fence_i();
    sum += run();
  }
  printf("written by write(2): %ld\n", sum);
}

static void sealed(void) {
  uint32_t* code = pages(1, PROT_READ | PROT_WRITE);
  int (*run)(void) = (int (*)(void))(void*)code;
  long sum = 0;
  for (int i = 0; i < 200; i++) {
    mprotect(code, kPage, PROT_READ | PROT_WRITE);
    code[0] = li_a0(i * 3);
    code[1] = kRet;
    mprotect(code, kPage, PROT_READ | PROT_EXEC);
    __builtin___clear_cache((char*)code, (char*)(code + 2));
    sum += run();
  }
  printf("sealed by mprotect: %ld\n", sum);
}

// A loop that rewrites an instruction of its own.
static void itself(void) {
  uint32_t* code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  const uint32_t loop[] = {
      0x00000513,  // li a0, 0            a1: times, a2: at the instruction, a3: what it becomes, a4: what is added to that
      0x00d62023,  // sw a3, (a2)      <- loop
      0x0000100f,  // fence.i
      0x00000293,  // li t0, 0         <- a2
      0x00550533,  // add a0, a0, t0
      0x00e686b3,  // add a3, a3, a4
      0xfff58593,  // addi a1, a1, -1
      0xfe0594e3,  // bnez a1, loop
      kRet,
  };
  memcpy(code, loop, sizeof loop);
  fence_i();
  long (*run)(long, long, uint32_t*, uint32_t, long) = (long (*)(long, long, uint32_t*, uint32_t, long))(void*)code;
  printf("a loop that writes itself: %ld\n", run(0, 1500, code + 3, 0x00000293, 1 << 20));
}

// One thread writes functions, others run them: what they are told of is there.
enum { kSlots = 64, kRounds = 3000, kRunners = 4 };
static uint32_t* shared;
static int published, finished;  // the round; runners that are done with it
static long wrong;
static void* runs(void* local) {
  for (int round = 1; round <= kRounds; round++) {
    while (__atomic_load_n(&published, __ATOMIC_ACQUIRE) < round) sched_yield();
    if (local) fence_i();
    int (*run)(void) = (int (*)(void))(void*)(shared + round % kSlots * 4);
    if (run() != (round & 1023)) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}
static void between_threads(int local) {
  shared = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  published = finished = 0;
  pthread_t threads[kRunners];
  for (int i = 0; i < kRunners; i++) pthread_create(&threads[i], NULL, runs, local ? shared : NULL);
  for (int round = 1; round <= kRounds; round++) {
    uint32_t* at = shared + round % kSlots * 4;
    at[0] = li_a0(round & 1023);
    at[1] = kRet;
    if (!local) flush(at, at + 2, 0);
    __atomic_store_n(&published, round, __ATOMIC_RELEASE);
    while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < round * kRunners) sched_yield();
  }
  for (int i = 0; i < kRunners; i++) pthread_join(threads[i], NULL);
  printf("between threads: %ld wrong\n", wrong);
}

int main(void) {
  same_place();
  beside_others();
  written_elsewhere();
  sealed();
  itself();
  between_threads(0);
  between_threads(1);
  return 0;
}
