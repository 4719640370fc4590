// y += a x of floats and of doubles, and dot products.
#include <stdio.h>
#include <stdlib.h>

static void saxpy(float* restrict y, const float* restrict x, float a, int n) {
  for (int i = 0; i < n; i++) y[i] += a * x[i];
}
static void daxpy(double* restrict y, const double* restrict x, double a, int n) {
  for (int i = 0; i < n; i++) y[i] += a * x[i];
}
static float dot(const float* x, const float* y, int n) {
  float s = 0;
  for (int i = 0; i < n; i++) s += x[i] * y[i];
  return s;
}

int main(void) {
  enum { N = 4096 };
  float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y);
  double *u = malloc(N * sizeof *u), *v = malloc(N * sizeof *v);
  for (int i = 0; i < N; i++) {
    x[i] = (float)(i % 8), y[i] = 0;
    u[i] = i % 16, v[i] = 0;
  }
  double s = 0;
  for (int round = 0; round < 20000; round++) {
    // Whole numbers, so that the order of additions is nothing to the sum.
    saxpy(y, x, round % 2 ? -1 : 1, N);
    daxpy(v, u, round % 2 ? -1 : 1, N);
    if (round % 4 == 0) s += dot(x, y, N);
    __asm__ volatile("" : : "r"(x), "r"(y), "r"(u), "r"(v) : "memory");
  }
  printf("%.1f %.1f\n", s, v[5]);
  return 0;
}
