// Lengths, comparisons and counts of bytes in strings: by intrinsics that load until a fault where there are vectors.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __riscv_vector
#include <riscv_vector.h>

static size_t length(const char* s) {
  const uint8_t* at = (const uint8_t*)s;
  for (;;) {
    size_t vl = __riscv_vsetvlmax_e8m4();
    const vuint8m4_t bytes = __riscv_vle8ff_v_u8m4(at, &vl, vl);
    const long first = __riscv_vfirst_m_b2(__riscv_vmseq_vx_u8m4_b2(bytes, 0, vl), vl);
    if (first >= 0) return (size_t)(at - (const uint8_t*)s) + (size_t)first;
    at += vl;
  }
}
#else
static size_t length(const char* s) { return strlen(s); }
#endif

static size_t count(const char* s, size_t n, char what) {
  size_t found = 0;
  for (size_t i = 0; i < n; i++) found += s[i] == what;
  return found;
}

int main(void) {
  enum { N = 4096 };
  char* s = malloc(N + 1);
  for (int i = 0; i < N; i++) s[i] = (char)('a' + i * 7 % 26);
  s[N] = 0;
  size_t sum = 0;
  for (int round = 0; round < 60000; round++) {
    const char* at = s + (round * 37 & (N - 1));
    const size_t n = length(at);
    sum += n;
    if (round % 4 == 0) sum += count(at, n, 'e');
    __asm__ volatile("" : : "r"(s) : "memory");
  }
  printf("%zu\n", sum);
  return 0;
}
