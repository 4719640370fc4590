// Litmus tests of RVWMO (Unprivileged ISA, chapter 18 and appendix A): outcomes that it forbids must not be seen.
#include "litmus.h"

#define SW(x, v) asm volatile("sw %1, %0" : "=m"(x) : "r"(v) : "memory")
#define LW(r, x) asm volatile("lw %0, %1" : "=r"(r) : "m"(x) : "memory")
#define FENCE(before, after) asm volatile("fence " #before ", " #after : : : "memory")
#define FENCE_TSO asm volatile("fence.tso" : : : "memory")
#define SWAP(bits, x, v) do { int old_; asm volatile("amoswap.w" bits " %0, %1, (%2)" : "=&r"(old_) : "r"(v), "r"(&(x)) : "memory"); } while (0)
#define LW_AMO(bits, r, x) asm volatile("amoor.w" bits " %0, zero, (%1)" : "=&r"(r) : "r"(&(x)) : "memory")
#define LR(bits, r, x) asm volatile("lr.w" bits " %0, (%1)" : "=&r"(r) : "r"(&(x)) : "memory")
// A store-conditional until it succeeds.
#define SC(lr, sc, x, v) asm volatile("1: lr.w" lr " t0, (%0)\n sc.w" sc " t0, %1, (%0)\n bnez t0, 1b" : : "r"(&(x)), "r"(v) : "t0", "memory")
// The second access depends on what was loaded: by its address, its data, or a branch.
#define LW_LW_ADDRESS(r, x, s, y) \
  asm volatile("lw %0, %2\n xor t0, %0, %0\n add t0, t0, %3\n lw %1, (t0)" : "=&r"(r), "=&r"(s) : "m"(x), "r"(&(y)) : "t0", "memory")
#define LW_SW_DATA(r, x, y, v) \
  asm volatile("lw %0, %1\n xor t0, %0, %0\n add t0, t0, %3\n sw t0, (%2)" : "=&r"(r) : "m"(x), "r"(&(y)), "r"(v) : "t0", "memory")
#define LW_SW_ADDRESS(r, x, y, v) \
  asm volatile("lw %0, %1\n xor t0, %0, %0\n add t0, t0, %2\n sw %3, (t0)" : "=&r"(r) : "m"(x), "r"(&(y)), "r"(v) : "t0", "memory")
#define LW_SW_CONTROL(r, x, y, v) \
  asm volatile("lw %0, %1\n bne %0, %0, 1f\n 1: sw %3, (%2)" : "=&r"(r) : "m"(x), "r"(&(y)), "r"(v) : "memory")

// Store buffering: neither store was seen.
static void sb_plain(int t) {
  if (t == 0) { SW(m.x, 1); LW(m.r[0], m.y); } else { SW(m.y, 1); LW(m.r[1], m.x); }
}
static void sb_rw_rw(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(rw, rw); LW(m.r[0], m.y); } else { SW(m.y, 1); FENCE(rw, rw); LW(m.r[1], m.x); }
}
static void sb_w_r(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(w, r); LW(m.r[0], m.y); } else { SW(m.y, 1); FENCE(w, r); LW(m.r[1], m.x); }
}
static void sb_io(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(iorw, iorw); LW(m.r[0], m.y); } else { SW(m.y, 1); FENCE(ow, ir); LW(m.r[1], m.x); }
}
static void sb_swap(int t) {
  if (t == 0) { SWAP(".aq", m.x, 1); LW(m.r[0], m.y); } else { SWAP(".aqrl", m.y, 1); LW(m.r[1], m.x); }
}
static void sb_annotations(int t) {  // release, then acquire: each RCsc
  if (t == 0) { SWAP(".rl", m.x, 1); LW_AMO(".aq", m.r[0], m.y); } else { SWAP(".rl", m.y, 1); LW_AMO(".aq", m.r[1], m.x); }
}
static void sb_sc_lr(int t) {
  if (t == 0) { SC("", ".rl", m.x, 1); LR(".aq", m.r[0], m.y); } else { SC(".aq", ".rl", m.y, 1); LR(".aq", m.r[1], m.x); }
}
static void sb_swap_fence(int t) {
  if (t == 0) { SWAP("", m.x, 1); FENCE(rw, rw); LW(m.r[0], m.y); } else { SW(m.y, 1); FENCE(rw, rw); LW_AMO("", m.r[1], m.x); }
}
static int both_zero(void) { return m.r[0] == 0 && m.r[1] == 0; }

// Message passing: the flag, but not the data.
static void mp_fences(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(w, w); SW(m.y, 1); } else { LW(m.r[0], m.y); FENCE(r, r); LW(m.r[1], m.x); }
}
static void mp_tso(int t) {
  if (t == 0) { SW(m.x, 1); FENCE_TSO; SW(m.y, 1); } else { LW(m.r[0], m.y); FENCE_TSO; LW(m.r[1], m.x); }
}
static void mp_address(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(rw, w); SW(m.y, 1); } else { LW_LW_ADDRESS(m.r[0], m.y, m.r[1], m.x); }
}
static void mp_release_acquire(int t) {
  if (t == 0) { SW(m.x, 1); SWAP(".rl", m.y, 1); } else { LW_AMO(".aq", m.r[0], m.y); LW(m.r[1], m.x); }
}
static void mp_sc_lr(int t) {
  if (t == 0) { SW(m.x, 1); SC("", ".rl", m.y, 1); } else { LR(".aq", m.r[0], m.y); LW(m.r[1], m.x); }
}
static void mp_mapping(int t) {  // as compilers have release stores and acquire loads
  if (t == 0) { SW(m.x, 1); FENCE(rw, w); SW(m.y, 1); } else { LW(m.r[0], m.y); FENCE(r, rw); LW(m.r[1], m.x); }
}
static int flag_without_data(void) { return m.r[0] == 1 && m.r[1] == 0; }

// Load buffering: each saw the other's store, which came after.
static void lb_data(int t) {
  if (t == 0) { LW_SW_DATA(m.r[0], m.x, m.y, 1); } else { LW_SW_DATA(m.r[1], m.y, m.x, 1); }
}
static void lb_control(int t) {
  if (t == 0) { LW_SW_CONTROL(m.r[0], m.x, m.y, 1); } else { LW_SW_ADDRESS(m.r[1], m.y, m.x, 1); }
}
static void lb_fences(int t) {
  if (t == 0) { LW(m.r[0], m.x); FENCE(r, w); SW(m.y, 1); } else { LW(m.r[1], m.y); FENCE(rw, rw); SW(m.x, 1); }
}
static void lb_amo(int t) {
  if (t == 0) { LW_AMO(".aq", m.r[0], m.x); SW(m.y, 1); } else { LW(m.r[1], m.y); SWAP(".rl", m.x, 1); }
}
static int both_one(void) { return m.r[0] == 1 && m.r[1] == 1; }

// S, R and 2+2W: what remains of two stores to one place.
static void s_data(int t) {
  if (t == 0) { SW(m.x, 2); FENCE(w, w); SW(m.y, 1); } else { LW_SW_DATA(m.r[0], m.y, m.x, 1); }
}
static void s_control(int t) {
  if (t == 0) { SW(m.x, 2); SWAP(".rl", m.y, 1); } else { LW_SW_CONTROL(m.r[0], m.y, m.x, 1); }
}
static int s_outcome(void) { return m.r[0] == 1 && m.x == 2; }
static void r_fences(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(w, w); SW(m.y, 1); } else { SW(m.y, 2); FENCE(w, r); LW(m.r[0], m.x); }
}
static void r_amo(int t) {
  if (t == 0) { SW(m.x, 1); SWAP(".rl", m.y, 1); } else { SWAP(".aqrl", m.y, 2); LW(m.r[0], m.x); }
}
static int r_outcome(void) { return m.y == 2 && m.r[0] == 0; }
static void two_two_fences(int t) {
  if (t == 0) { SW(m.x, 1); FENCE(w, w); SW(m.y, 2); } else { SW(m.y, 1); FENCE(w, w); SW(m.x, 2); }
}
static void two_two_release(int t) {
  if (t == 0) { SWAP("", m.x, 1); SWAP(".rl", m.y, 2); } else { SWAP(".aq", m.y, 1); SW(m.x, 2); }
}
static int both_first(void) { return m.x == 1 && m.y == 1; }

// Coherence: one place is read and written in one order.
static void co_rr(int t) {
  if (t == 0) { SW(m.x, 1); } else { LW(m.r[0], m.x); LW(m.r[1], m.x); }
}
static void co_rr_swap(int t) {
  if (t == 0) { SWAP("", m.x, 1); } else { LW(m.r[0], m.x); LW_AMO("", m.r[1], m.x); }
}
static void co_wr(int t) {  // its own store, or one that came later
  if (t == 0) { SW(m.x, 1); LW(m.r[0], m.x); m.r[1] = 1; } else { SW(m.x, 2); LW(m.r[2], m.x); }
}
static int older_value(void) { return m.r[0] == 0 && m.r[1] == 1; }
static void co_rw(int t) {  // what is stored after the load is not what it saw
  if (t == 0) { LW(m.r[0], m.x); SW(m.x, 1); } else { SW(m.x, 2); }
}
static int own_future(void) { return m.r[0] == 1 || (m.r[0] == 2 && m.x == 2); }
static void co_ww(int t) {
  if (t == 0) { SW(m.x, 1); SW(m.x, 2); } else { LW(m.r[0], m.x); LW(m.r[1], m.x); }
}
static int backwards(void) { return m.x != 2 || (m.r[0] == 2 && m.r[1] != 2) || (m.r[0] == 1 && m.r[1] == 0); }

// More than two threads: a store is seen by all others at once.
static void iriw_fences(int t) {
  switch (t) {
    case 0: SW(m.x, 1); break;
    case 1: SW(m.y, 1); break;
    case 2: LW(m.r[0], m.x); FENCE(r, r); LW(m.r[1], m.y); break;
    default: LW(m.r[2], m.y); FENCE(rw, rw); LW(m.r[3], m.x); break;
  }
}
static void iriw_address(int t) {
  switch (t) {
    case 0: SWAP("", m.x, 1); break;
    case 1: SW(m.y, 1); break;
    case 2: LW_LW_ADDRESS(m.r[0], m.x, m.r[1], m.y); break;
    default: LW_LW_ADDRESS(m.r[2], m.y, m.r[3], m.x); break;
  }
}
static int disagree(void) { return m.r[0] == 1 && m.r[1] == 0 && m.r[2] == 1 && m.r[3] == 0; }
static void wrc(int t) {
  switch (t) {
    case 0: SW(m.x, 1); break;
    case 1: LW_SW_DATA(m.r[0], m.x, m.y, 1); break;
    default: LW_LW_ADDRESS(m.r[1], m.y, m.r[2], m.x); break;
  }
}
static void wrc_amo(int t) {
  switch (t) {
    case 0: SW(m.x, 1); break;
    case 1: LW(m.r[0], m.x); SWAP(".rl", m.y, 1); break;
    default: LW_AMO(".aq", m.r[1], m.y); LW(m.r[2], m.x); break;
  }
}
static void isa2(int t) {
  switch (t) {
    case 0: SW(m.x, 1); FENCE(w, w); SW(m.y, 1); break;
    case 1: LW_SW_DATA(m.r[0], m.y, m.z, 1); break;
    default: LW_LW_ADDRESS(m.r[1], m.z, m.r[2], m.x); break;
  }
}
static int cause_lost(void) { return m.r[0] == 1 && m.r[1] == 1 && m.r[2] == 0; }
static void rwc(int t) {
  switch (t) {
    case 0: SW(m.x, 1); break;
    case 1: LW(m.r[0], m.x); FENCE(r, r); LW(m.r[1], m.y); break;
    default: SW(m.y, 1); FENCE(rw, rw); LW(m.r[2], m.x); break;
  }
}
static int rwc_outcome(void) { return m.r[0] == 1 && m.r[1] == 0 && m.r[2] == 0; }

// A store-conditional, a plain store and an addition to one word: the sum is of what was there when it stored.
static void atomicity(int t) {
  if (t == 0) {
    int v;
    asm volatile("1: lr.w %0, (%1)\n addi t0, %0, 16\n sc.w t1, t0, (%1)\n bnez t1, 1b" : "=&r"(v) : "r"(&m.x) : "t0", "t1", "memory");
    m.r[0] = v;
  } else if (t == 1) {
    SW(m.x, 1);
  } else {
    asm volatile("amoadd.w %0, %1, (%2)" : "=&r"(m.r[1]) : "r"(256), "r"(&m.x) : "memory");
  }
}
// Whatever the order, x comes out as one of: what remains of the three after the store, which wipes out what came before.
static int lost(void) {
  switch (m.x) {
    case 1 + 16 + 256: return m.r[0] == 0 || m.r[1] == 0;
    case 1 + 16: return m.r[0] != 1;   // the addition came before the store
    case 1 + 256: return m.r[1] != 1;  // the store-conditional did
    case 1: return 0;
    default: return 1;
  }
}
// Once each: both saw nothing, and both stored.
static void once(int t) {
  int v, failed;
  asm volatile("lr.w %0, (%2)\n sc.w %1, %3, (%2)" : "=&r"(v), "=&r"(failed) : "r"(&m.x), "r"(t + 1) : "memory");
  m.r[t] = v == 0 && !failed;
}

static const struct test tests[] = {
    {"SB, fence rw, rw", 2, sb_rw_rw, both_zero},
    {"SB, fence w, r", 2, sb_w_r, both_zero},
    {"SB, fence iorw, iorw", 2, sb_io, both_zero},
    {"SB, swap.aq", 2, sb_swap, both_zero},
    {"SB, swap.rl and or.aq", 2, sb_annotations, both_zero},
    {"SB, sc.rl and lr.aq", 2, sb_sc_lr, both_zero},
    {"SB, swap and fence", 2, sb_swap_fence, both_zero},
    {"MP, fence w, w and r, r", 2, mp_fences, flag_without_data},
    {"MP, fence.tso", 2, mp_tso, flag_without_data},
    {"MP, address", 2, mp_address, flag_without_data},
    {"MP, swap.rl and or.aq", 2, mp_release_acquire, flag_without_data},
    {"MP, sc.rl and lr.aq", 2, mp_sc_lr, flag_without_data},
    {"MP, fence rw, w and r, rw", 2, mp_mapping, flag_without_data},
    {"LB, data", 2, lb_data, both_one},
    {"LB, control and address", 2, lb_control, both_one},
    {"LB, fences", 2, lb_fences, both_one},
    {"LB, or.aq and swap.rl", 2, lb_amo, both_one},
    {"S, data", 2, s_data, s_outcome},
    {"S, control", 2, s_control, s_outcome},
    {"R, fences", 2, r_fences, r_outcome},
    {"R, swap", 2, r_amo, r_outcome},
    {"2+2W, fences", 2, two_two_fences, both_first},
    {"2+2W, swap", 2, two_two_release, both_first},
    {"CoRR", 2, co_rr, flag_without_data},
    {"CoRR, swap", 2, co_rr_swap, flag_without_data},
    {"CoWR", 2, co_wr, older_value},
    {"CoRW", 2, co_rw, own_future},
    {"CoWW", 2, co_ww, backwards},
    {"IRIW, fences", 4, iriw_fences, disagree},
    {"IRIW, address", 4, iriw_address, disagree},
    {"WRC, data and address", 3, wrc, cause_lost},
    {"WRC, swap.rl and or.aq", 3, wrc_amo, cause_lost},
    {"ISA2", 3, isa2, cause_lost},
    {"RWC, fences", 3, rwc, rwc_outcome},
    {"sc, addition, plain store", 3, atomicity, lost},
    {"sc, twice", 2, once, both_one},
};

static long counter __attribute__((aligned(128)));
static void* count(void* how) {
  for (long i = 0; i < rounds; i++) {
    if (how) {
      asm volatile("amoadd.d zero, %0, (%1)" : : "r"(1l), "r"(&counter) : "memory");
    } else {
      asm volatile("1: lr.d t0, (%0)\n addi t0, t0, 1\n sc.d t1, t0, (%0)\n bnez t1, 1b" : : "r"(&counter) : "t0", "t1", "memory");
    }
  }
  return NULL;
}

int main(void) {
  read_rounds();
  // That the threads do meet: without a fence both may come out as zero, and on this host do.
  static const struct test plain = {"SB", 2, sb_plain, both_zero};
  fprintf(stderr, "SB without fences, which is allowed: %ld of %ld\n", count_rounds(&plain), rounds);
  for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) printf("%s: %ld forbidden\n", tests[i].name, count_rounds(&tests[i]));
  pthread_t threads[4];
  for (long t = 0; t < 4; t++) pthread_create(&threads[t], NULL, count, (void*)(t & 1));
  for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
  printf("store-conditionals and additions: %ld lost\n", rounds * 4 - counter);
  return 0;
}
