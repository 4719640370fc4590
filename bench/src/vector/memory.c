// Copies, fills and sums of memory of several sizes, written as loops.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void copy(uint8_t* restrict to, const uint8_t* restrict from, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = from[i];
}
static void fill(uint8_t* to, uint8_t value, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = value;
}
static uint32_t sum(const uint8_t* from, size_t n) {
  uint32_t s = 0;
  for (size_t i = 0; i < n; i++) s += from[i];
  return s;
}

int main(void) {
  enum { N = 1 << 16 };
  uint8_t *a = malloc(N), *b = malloc(N);
  for (size_t i = 0; i < N; i++) a[i] = (uint8_t)(i * 31);
  uint32_t s = 0;
  for (int round = 0; round < 3000; round++) {
    const size_t n = (size_t)N >> (round % 6);
    copy(b, a, n);
    s += sum(b, n);
    fill(b, (uint8_t)round, n / 2);
    __asm__ volatile("" : : "r"(b) : "memory");
  }
  printf("%u\n", s);
  return 0;
}
