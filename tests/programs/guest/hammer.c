// 64 threads at futexes, signals, mprotect and code that is patched, all at once. HAMMER_SECONDS=N: how long.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kThreads = 64 };
static volatile int stop;
static int ready;
static pthread_t threads[kThreads];
static long failures;

static void fail(const char* what) {
  if (__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED) <= 5) fprintf(stderr, "%s\n", what);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long guarded[2];
static void* lock(void* unused) {
  (void)unused;
  while (!stop) {
    pthread_mutex_lock(&mutex);
    guarded[0]++;
    if (guarded[0] % 64 == 0) {
      struct timespec t;
      clock_gettime(CLOCK_REALTIME, &t);
      t.tv_nsec += 200000;
      if (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, t.tv_sec++;
      pthread_cond_timedwait(&changed, &mutex, &t);
    }
    guarded[1]++;
    if (guarded[0] != guarded[1] && guarded[0] % 64) { /* others are waiting within */ }
    pthread_mutex_unlock(&mutex);
    pthread_cond_signal(&changed);
  }
  return NULL;
}

// A signal may come anywhere: what the handler computes must not disturb what it interrupts.
static long handled, sent;
static void handler(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  volatile double x = 1.5;
  for (int i = 0; i < 8; i++) x = x * 1.25 + 0.5;
  __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
}
static void* signals(void* argument) {
  unsigned at = (unsigned)(long)argument;
  while (!stop) {
    if (pthread_kill(threads[at++ % kThreads], SIGUSR1) == 0) __atomic_add_fetch(&sent, 1, __ATOMIC_RELAXED);
    if (at % 32 == 0) usleep(500);
  }
  return NULL;
}
static void* compute(void* unused) {
  (void)unused;
  while (!stop) {
    double a = 1, b = 1;
    uint64_t h = 1469598103934665603ull;
    for (int i = 1; i < 3000; i++) {
      a += 1.0 / i;
      b = b * 0.999 + a;
      h = (h ^ (uint64_t)i) * 1099511628211ull;
    }
    static double want_a, want_b;
    static uint64_t want_h;
    static int known;
    if (__atomic_load_n(&known, __ATOMIC_ACQUIRE)) {
      if (a != want_a || b != want_b || h != want_h) fail("a computation was disturbed");
    } else {
      pthread_mutex_lock(&mutex);
      want_a = a, want_b = b, want_h = h;
      __atomic_store_n(&known, 1, __ATOMIC_RELEASE);
      pthread_mutex_unlock(&mutex);
    }
  }
  return NULL;
}

// Writes to a page that is read-only at times; the fault's handler makes it writable.
static __thread char* own_page;
static void fault(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  if ((uint64_t)info->si_addr / 4096 != (uint64_t)own_page / 4096) _exit(9);
  mprotect(own_page, 4096, PROT_READ | PROT_WRITE);
}
static void* protect(void* unused) {
  (void)unused;
  own_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  volatile long* value = (volatile long*)own_page;
  for (long n = 1; !stop; n++) {
    mprotect(own_page, 4096, PROT_READ);
    (*value)++;
    if (*value != n) fail("a store was lost or made twice");
  }
  return NULL;
}

// A function that is written anew and called at once.
static void* patch(void* unused) {
  (void)unused;
  uint32_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*function)(void) = (int (*)(void))code;
  for (unsigned n = 0; !stop; n = (n + 1) & 0xffff) {
#if defined(__aarch64__)
    code[0] = 0x52800000 | n << 5;  // mov w0, #n
    code[1] = 0xd65f03c0;           // ret
#elif defined(__riscv)
    code[0] = 0x00000537 | ((n + 0x800) & 0xfffff000);  // lui a0
    code[1] = 0x00050513 | n << 20;                     // addi a0, a0
    code[2] = 0x00008067;                               // ret
#endif
    __builtin___clear_cache((char*)code, (char*)(code + 3));
    if (function() != (int)n) fail("stale code ran");
  }
  return NULL;
}

// Short-lived threads, and memory that comes and goes.
static void* nothing(void* p) {
  return p;
}
static void* churn(void* unused) {
  (void)unused;
  while (!stop) {
    pthread_t t;
    void* result;
    if (pthread_create(&t, NULL, nothing, &t) == 0) {
      pthread_join(t, &result);
      if (result != &t) fail("a thread's result was lost");
    }
    char* p = malloc(100000);
    memset(p, 1, 100000);
    free(p);
  }
  return NULL;
}

static void* (*const work[])(void*) = {lock, signals, compute, protect, patch, churn, lock, compute};

// With the signal blocked until every thread is known.
static void* begin(void* argument) {
  while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) usleep(1000);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return work[(long)argument % 8](argument);
}

static long resident(void) {
  long size = 0, pages = 0;
  FILE* f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2) pages = 0;
  if (f) fclose(f);
  return pages * 4;
}

int main(void) {
  const char* wanted = getenv("HAMMER_SECONDS");
  int seconds = wanted ? atoi(wanted) : 3;
  struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGUSR1, &a, NULL);
  struct sigaction f = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &f, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  for (long i = 0; i < kThreads; i++) pthread_create(&threads[i], NULL, begin, (void*)i);
  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  long before = 0;
  for (int s = 0; s < seconds; s++) {
    struct timespec second = {1, 0};
    while (nanosleep(&second, &second) != 0) {
    }
    if (s == seconds / 2) before = resident();
  }
  long after = resident();
  stop = 1;
  for (int i = 0; i < kThreads; i++) pthread_join(threads[i], NULL);
  printf("failures: %ld\n", failures);
  printf("signals were handled: %s\n", handled > 0 ? "yes" : "NO");
  printf("locks were taken: %s\n", guarded[0] > 0 && guarded[0] == guarded[1] ? "yes" : "NO");
  printf("memory is steady: %s\n", after < before + before / 4 + 65536 ? "yes" : "NO");
  if (getenv("HAMMER_SECONDS")) fprintf(stderr, "%ld signals, %ld locks, %ld KiB, then %ld\n", handled, guarded[0], before, after);
  return 0;
}
