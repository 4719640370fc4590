// A store-exclusive fails when another thread has written since its load-exclusive, be it the same value again.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <signal.h>

#if defined(__riscv)
#define RELAX asm volatile("nop")
#define LOAD_EXCLUSIVE(v, p) asm volatile("lr.d.aq %0, (%1)" : "=r"(v) : "r"(p) : "memory")
#define STORE_EXCLUSIVE(failed, v, p) asm volatile("sc.d.rl %0, %1, (%2)" : "=&r"(failed) : "r"(v), "r"(p) : "memory")
#define SWAP(old, v, p) asm volatile("amoswap.d.aqrl %0, %1, (%2)" : "=r"(old) : "r"(v), "r"(p) : "memory")
#define ADD(v, p) asm volatile("amoadd.d.aqrl zero, %0, (%1)" : : "r"(v), "r"(p) : "memory")
#define ADD_RELAXED(v, p) asm volatile("amoadd.d zero, %0, (%1)" : : "r"(v), "r"(p) : "memory")
// amocas.d.aqrl a0, a1, (a2): of Zacas, which the assembler may not know.
static uint64_t compare_and_swap(uint64_t old, uint64_t v, uint64_t* p) {
  register uint64_t a0 asm("a0") = old;
  register uint64_t a1 asm("a1") = v;
  register uint64_t* a2 asm("a2") = p;
  asm volatile(".insn r 0x2f, 3, 0x17, a0, a2, a1" : "+r"(a0) : "r"(a1), "r"(a2) : "memory");
  return a0;
}
#else
asm(".arch armv8.2-a");
#define RELAX asm volatile("yield")
#define LOAD_EXCLUSIVE(v, p) asm volatile("ldaxr %0, [%1]" : "=r"(v) : "r"(p) : "memory")
#define STORE_EXCLUSIVE(failed, v, p) asm volatile("stlxr %w0, %1, [%2]" : "=&r"(failed) : "r"(v), "r"(p) : "memory")
#define SWAP(old, v, p) asm volatile("swpal %1, %0, [%2]" : "=r"(old) : "r"(v), "r"(p) : "memory")
#define ADD(v, p) asm volatile("ldaddal %0, xzr, [%1]" : : "r"(v), "r"(p) : "memory")
#define ADD_RELAXED(v, p) asm volatile("ldadd %0, xzr, [%1]" : : "r"(v), "r"(p) : "memory")
static uint64_t compare_and_swap(uint64_t old, uint64_t v, uint64_t* p) {
  asm volatile("casal %0, %1, [%2]" : "+r"(old) : "r"(v), "r"(p) : "memory");
  return old;
}
#endif

static uint64_t word __attribute__((aligned(64)));
static int turn;  // 1: the other thread's, 0: this one's

static void give_turn(int to) { __atomic_store_n(&turn, to, __ATOMIC_RELEASE); }
static void await_turn(int mine) {
  while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine) RELAX;
}

static uint64_t load_exclusive(uint64_t* p) {
  uint64_t v;
  LOAD_EXCLUSIVE(v, p);
  return v;
}
static int store_exclusive(uint64_t* p, uint64_t v) {
  int failed;
  STORE_EXCLUSIVE(failed, v, p);
  return failed;
}
static void set_by_exclusives(uint64_t v) {
  do load_exclusive(&word);
  while (store_exclusive(&word, v));
}
static void set_by_swap(uint64_t v) {
  uint64_t old;
  SWAP(old, v, &word);
}
static void set_by_cas(uint64_t v) {
  uint64_t old = word, expected;
  do {
    expected = old;
    old = compare_and_swap(old, v, &word);
  } while (old != expected);
}
static void set_by_add(uint64_t v) {
  uint64_t difference = v - word;
  ADD(difference, &word);
}
static void set_plainly(uint64_t v) { __atomic_store_n(&word, v, __ATOMIC_RELAXED); }

static void (*set)(uint64_t);
static uint64_t values[2];
static int count;

static void* other(void* unused) {
  (void)unused;
  await_turn(1);
  for (int i = 0; i < count; i++) set(values[i]);
  give_turn(0);
  return NULL;
}

static void round_of(const char* what, void (*how)(uint64_t), int n, uint64_t first, uint64_t second) {
  set = how;
  count = n;
  values[0] = first;
  values[1] = second;
  word = 1;
  give_turn(0);
  pthread_t thread;
  pthread_create(&thread, NULL, other, NULL);
  // The accesses between would not be allowed to loop for ever, but must not make it succeed.
  load_exclusive(&word);
  give_turn(1);
  await_turn(0);
  int failed = store_exclusive(&word, 100);
  pthread_join(thread, NULL);
  printf("%s: %s, %llu\n", what, failed ? "failed" : "STORED", (unsigned long long)word);
}

// A counter by exclusives and atomic operations together.
static void* count_up(void* how) {
  for (int i = 0; i < 20000; i++) {
    if (how) {
      ADD_RELAXED(1ul, &word);
    } else {
      uint64_t v;
      do v = load_exclusive(&word);
      while (store_exclusive(&word, v + 1));
    }
  }
  return NULL;
}

static int faults;
static void handler(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  faults++;
  mprotect((void*)((uint64_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

int main(void) {
  round_of("changed and changed back, exclusives", set_by_exclusives, 2, 2, 1);
  round_of("changed and changed back, swaps", set_by_swap, 2, 2, 1);
  round_of("changed and changed back, compare-and-swaps", set_by_cas, 2, 2, 1);
  round_of("changed and changed back, additions", set_by_add, 2, 2, 1);
  round_of("changed, a plain store", set_plainly, 1, 2, 0);
  printf("nobody wrote: %s\n", (load_exclusive(&word), store_exclusive(&word, 7)) ? "failed" : "stored");
  printf("not marked: %s\n", store_exclusive(&word, 8) ? "failed" : "STORED");

  word = 0;
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, count_up, (void*)(i & 1));
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  printf("counted to %llu\n", (unsigned long long)word);

  // A store-exclusive that faults, and is made again.
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  uint64_t* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int tries = 0;
  do {
    load_exclusive(page);
    tries++;
  } while (store_exclusive(page, 5) && tries < 100);
  printf("after %d fault, %d tries: %llu\n", faults, tries, (unsigned long long)*page);
  return 0;
}
