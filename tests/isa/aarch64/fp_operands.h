// The register contents that fp_results.inc was made from, by seed. C as well as C++: the program that asks
// another implementation of the architecture for results (fp_results.c) fills its registers by this too.
#ifndef VENEER_TESTS_FP_OPERANDS_H
#define VENEER_TESTS_FP_OPERANDS_H

#include <stdint.h>

enum { kFpTestGprs = 8 };

static inline uint64_t fp_random(uint64_t* state) { /* splitmix64 */
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/* A number of 16, 32 or 64 bits: special values, near neighbours in exponent, few significant bits, anything.
 */
static inline uint64_t fp_operand(uint64_t* state, unsigned width) {
  unsigned frac = width == 16 ? 10 : width == 32 ? 23 : 52;
  uint64_t mask = width == 64 ? ~(uint64_t)0 : ((uint64_t)1 << width) - 1;
  uint64_t sign = (uint64_t)1 << (width - 1), quiet = (uint64_t)1 << (frac - 1);
  uint64_t inf = (sign - 1) & ~(((uint64_t)1 << frac) - 1);
  uint64_t bias = (inf >> frac) >> 1;
  uint64_t r = fp_random(state), s = r & 1 ? sign : 0;
  switch (r >> 1 & 7) {
    case 0:
      switch (r >> 8 & 15) {
        case 0:
        case 1: return s;
        case 2:
        case 3: return s | inf;
        case 4: return s | inf | quiet | (fp_random(state) & (quiet - 1));
        case 5: return s | inf | ((fp_random(state) & (quiet - 1)) | 1);
        case 6: return s | 1;
        case 7: return s | ((uint64_t)1 << frac);
        case 8: return s | (((uint64_t)1 << frac) - 1);
        case 9: return s | (inf - 1);
        case 10: return s | (fp_random(state) & ((quiet << 1) - 1));
        case 11: return s | bias << frac;
        case 12: return s | (bias - 1) << frac;
        case 13: return s | (bias + 1) << frac | quiet;
        case 14: return s | (bias + (width == 16 ? 14 : width - 1)) << frac;
        default: return s | (bias + (width == 16 ? 15 : 32)) << frac;
      }
    case 1:
    case 2:
    case 3: return s | (bias - 2 + (r >> 8 & 3)) << frac | (fp_random(state) & ((quiet << 1) - 1));
    case 4:
    case 5: /* eighths */ return s | (bias + (r >> 8 & 7)) << frac | ((r >> 16 & 63) << (frac - 6));
    default: return fp_random(state) & mask;
  }
}

static inline uint64_t fp_integer(uint64_t* state) {
  uint64_t r = fp_random(state);
  switch (r & 7) {
    case 0: return 0;
    case 1: return ~(uint64_t)0;
    case 2: return (uint64_t)1 << 63;
    case 3: return ((uint64_t)1 << 31) | (r >> 8 & 1 ? 0xffffffff00000000 : 0);
    default: {
      uint64_t v = fp_random(state) >> (r >> 8 & 63);
      return r >> 16 & 1 ? ~v : v;
    }
  }
}

/* Vector registers as pairs of halves, general registers 0..7, and NZCV in bits 31..28. */
static inline void fp_registers(uint64_t seed, unsigned width, uint64_t v[64], uint64_t x[kFpTestGprs],
                                uint32_t* nzcv) {
  for (unsigned n = 0; n < 64; ++n) {
    v[n] = 0;
    for (unsigned bit = 0; bit < 64; bit += width) v[n] |= fp_operand(&seed, width) << bit;
  }
  for (unsigned n = 0; n < kFpTestGprs; ++n) x[n] = fp_integer(&seed);
  *nzcv = (uint32_t)(fp_random(&seed) & 0xf0000000);
}

#endif
