/* Prints what an Armv8.2-A processor, real or emulated, makes of FP instructions: a line of fp_results.inc for
   each line "word width seed fpcr" of standard input. fp_results.py builds and runs it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fp_operands.h"

struct state {
  uint64_t v[64], x[kFpTestGprs], nzcv, fpcr, fpsr;
};

/* Loads the state at x0, calls x1, stores the state. */
void run(struct state* state, void* code);
__asm__(
    ".text\n.global run\n.type run, %function\n"
    "run: stp x29, x30, [sp, #-112]!\n"
    "stp x19, x20, [sp, #16]\n str x21, [sp, #96]\n"
    "stp d8, d9, [sp, #32]\n stp d10, d11, [sp, #48]\n stp d12, d13, [sp, #64]\n stp d14, d15, [sp, #80]\n"
    "mov x19, x0\n mov x20, x1\n add x21, x0, #512\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "ldr q\\n, [x19, #16*\\n]\n .endr\n"
    "ldp x0, x1, [x21, #64]\n msr nzcv, x0\n msr fpcr, x1\n msr fpsr, xzr\n"
    "ldp x0, x1, [x21, #0]\n ldp x2, x3, [x21, #16]\n ldp x4, x5, [x21, #32]\n ldp x6, x7, [x21, #48]\n"
    "blr x20\n"
    "stp x0, x1, [x21, #0]\n stp x2, x3, [x21, #16]\n stp x4, x5, [x21, #32]\n stp x6, x7, [x21, #48]\n"
    "mrs x0, nzcv\n mrs x1, fpcr\n stp x0, x1, [x21, #64]\n mrs x0, fpsr\n str x0, [x21, #80]\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "str q\\n, [x19, #16*\\n]\n .endr\n"
    "msr fpcr, xzr\n"
    "ldp d8, d9, [sp, #32]\n ldp d10, d11, [sp, #48]\n ldp d12, d13, [sp, #64]\n ldp d14, d15, [sp, #80]\n"
    "ldp x19, x20, [sp, #16]\n ldr x21, [sp, #96]\n"
    "ldp x29, x30, [sp], #112\n ret\n");

int main(void) {
  uint32_t* code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 1;
  uint32_t word, fpcr, nzcv;
  unsigned width;
  uint64_t seed;
  while (scanf("%" SCNx32 " %u %" SCNx64 " %" SCNx32, &word, &width, &seed, &fpcr) == 4) {
    struct state before, after;
    memset(&before, 0, sizeof before);
    fp_registers(seed, width, before.v, before.x, &nzcv);
    before.nzcv = nzcv;
    before.fpcr = fpcr;
    after = before;
    code[0] = word;
    code[1] = 0xd65f03c0; /* ret */
    __builtin___clear_cache((char*)code, (char*)(code + 2));
    run(&after, code);
    /* Nothing but the destination may change: rd of either file. */
    unsigned rd = word & 31;
    for (unsigned n = 0; n < 32; ++n)
      if (n != rd && memcmp(before.v + 2 * n, after.v + 2 * n, 16) != 0) return 2;
    for (unsigned n = 0; n < kFpTestGprs; ++n)
      if (n != rd && before.x[n] != after.x[n]) return 3;
    printf("{0x%08" PRIx32 ", %u, 0x%" PRIx64 ", 0x%07" PRIx32 ", 0x%016" PRIx64 ", 0x%016" PRIx64 ", 0x%" PRIx64
           ", 0x%x, 0x%02x},\n",
           word, width, seed, fpcr, after.v[2 * rd], after.v[2 * rd + 1],
           rd < kFpTestGprs ? after.x[rd] : 0, (unsigned)(after.nzcv >> 28), (unsigned)after.fpsr);
  }
  return 0;
}
