// Litmus tests of Armv8's memory model (Arm ARM B2.3): outcomes that it forbids must not be seen.
#include "litmus.h"

asm(".arch armv8.2-a");

#define STR(x) asm volatile("str %w1, %0" : "=m"(x) : "r"(1) : "memory")
#define STLR(x) asm volatile("stlr %w1, [%0]" : : "r"(&(x)), "r"(1) : "memory")
#define LDR(r, x) asm volatile("ldr %w0, %1" : "=r"(r) : "m"(x) : "memory")
#define LDAR(r, x) asm volatile("ldar %w0, [%1]" : "=r"(r) : "r"(&(x)) : "memory")
#define LDAPR(r, x) asm volatile("ldaxr %w0, [%1]\n clrex" : "=r"(r) : "r"(&(x)) : "memory")
#define DMB asm volatile("dmb ish" : : : "memory")
#define SWPAL(x) do { int old_; asm volatile("swpal %w1, %w0, [%2]" : "=&r"(old_) : "r"(1), "r"(&(x)) : "memory"); } while (0)
// What is stored depends on what was loaded.
#define STR_DEP(x, r) asm volatile("eor w9, %w1, %w1\n add w9, w9, #1\n str w9, %0" : "=m"(x) : "r"(r) : "w9", "memory")

static void sb_dmb(int t) {
  if (t == 0) { STR(m.x); DMB; LDR(m.r[0], m.y); } else { STR(m.y); DMB; LDR(m.r[1], m.x); }
}
static void sb_rel_acq(int t) {
  if (t == 0) { STLR(m.x); LDAR(m.r[0], m.y); } else { STLR(m.y); LDAR(m.r[1], m.x); }
}
static void sb_swp(int t) {
  if (t == 0) { SWPAL(m.x); LDAR(m.r[0], m.y); } else { SWPAL(m.y); LDAR(m.r[1], m.x); }
}
static void sb_mixed(int t) {
  if (t == 0) { STLR(m.x); LDAPR(m.r[0], m.y); } else { SWPAL(m.y); LDAR(m.r[1], m.x); }
}
static int both_zero(void) { return m.r[0] == 0 && m.r[1] == 0; }

static void mp_rel_acq(int t) {
  if (t == 0) { STR(m.x); STLR(m.y); } else { LDAR(m.r[0], m.y); LDR(m.r[1], m.x); }
}
static void mp_dmb(int t) {
  if (t == 0) { STR(m.x); DMB; STR(m.y); } else { LDR(m.r[0], m.y); DMB; LDR(m.r[1], m.x); }
}
static void mp_swp(int t) {
  if (t == 0) { STR(m.x); SWPAL(m.y); } else { LDAR(m.r[0], m.y); LDR(m.r[1], m.x); }
}
static int flag_without_data(void) { return m.r[0] == 1 && m.r[1] == 0; }

static void lb_dep(int t) {
  int r;
  if (t == 0) { LDR(r, m.x); STR_DEP(m.y, r); m.r[0] = r; } else { LDR(r, m.y); STR_DEP(m.x, r); m.r[1] = r; }
}
static int both_one(void) { return m.r[0] == 1 && m.r[1] == 1; }

static void iriw(int t) {
  switch (t) {
    case 0: STLR(m.x); break;
    case 1: STLR(m.y); break;
    case 2: LDAR(m.r[0], m.x); LDAR(m.r[1], m.y); break;
    default: LDAR(m.r[2], m.y); LDAR(m.r[3], m.x); break;
  }
}
static int disagree(void) { return m.r[0] == 1 && m.r[1] == 0 && m.r[2] == 1 && m.r[3] == 0; }

// A plain store, a swap and an exclusive increment of one word: the increment is of what was there when it stored.
static void atomicity(int t) {
  if (t == 0) {
    int v, failed;
    asm volatile("1: ldxr %w0, [%2]\n add w9, %w0, #16\n stxr %w1, w9, [%2]\n cbnz %w1, 1b"
                 : "=&r"(v), "=&r"(failed) : "r"(&m.x) : "w9", "memory");
    m.r[0] = v;
  } else if (t == 1) {
    STR(m.x);
  } else {
    asm volatile("ldaddal %w1, %w0, [%2]" : "=&r"(m.r[1]) : "r"(256), "r"(&m.x) : "memory");
  }
}
// Whatever the order, x comes out as one of: what remains of the three after the store, which wipes out what came before.
static int lost(void) {
  switch (m.x) {
    case 1 + 16 + 256: return m.r[0] == 0 && m.r[1] == 0;
    case 1 + 16: return m.r[0] != 1;   // the addition came before the store
    case 1 + 256: return m.r[1] != 1;  // the increment did
    case 1: return 0;
    default: return 1;
  }
}

static const struct test tests[] = {
    {"SB, dmb", 2, sb_dmb, both_zero},
    {"SB, release and acquire", 2, sb_rel_acq, both_zero},
    {"SB, swap and acquire", 2, sb_swp, both_zero},
    {"SB, mixed", 2, sb_mixed, both_zero},
    {"MP, release and acquire", 2, mp_rel_acq, flag_without_data},
    {"MP, dmb", 2, mp_dmb, flag_without_data},
    {"MP, swap", 2, mp_swp, flag_without_data},
    {"LB, data dependency", 2, lb_dep, both_one},
    {"IRIW, release and acquire", 4, iriw, disagree},
    {"exclusive, swap, plain store", 3, atomicity, lost},
};

static long counter __attribute__((aligned(128)));
// LDXR/STXR and LSE on one counter.
static void* count(void* how) {
  for (long i = 0; i < rounds; i++) {
    if (how) {
      asm volatile("ldaddal %0, xzr, [%1]" : : "r"(1l), "r"(&counter) : "memory");
    } else {
      asm volatile("1: ldaxr x9, [%0]\n add x9, x9, #1\n stlxr w10, x9, [%0]\n cbnz w10, 1b" : : "r"(&counter) : "x9", "w10", "memory");
    }
  }
  return NULL;
}

int main(void) {
  read_rounds();
  for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) printf("%s: %ld forbidden\n", tests[i].name, count_rounds(&tests[i]));
  pthread_t threads[4];
  for (long t = 0; t < 4; t++) pthread_create(&threads[t], NULL, count, (void*)(t & 1));
  for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
  printf("exclusives and additions: %ld lost\n", rounds * 4 - counter);
  return 0;
}
