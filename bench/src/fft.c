// Radix-2 fast Fourier transform, forth and back.
#include <complex.h>
#include <math.h>
#include <stdio.h>

#define N (1 << 15)
static double complex x[N];

static void fft(int sign) {
  for (int i = 1, j = 0; i < N; i++) {
    int bit = N >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      double complex t = x[i];
      x[i] = x[j];
      x[j] = t;
    }
  }
  for (int length = 2; length <= N; length <<= 1) {
    const double complex step = cexp(sign * 2 * M_PI * I / length);
    for (int i = 0; i < N; i += length) {
      double complex w = 1;
      for (int k = 0; k < length / 2; k++) {
        const double complex u = x[i + k], v = x[i + k + length / 2] * w;
        x[i + k] = u + v;
        x[i + k + length / 2] = u - v;
        w *= step;
      }
    }
  }
}

int main(void) {
  for (int i = 0; i < N; i++) x[i] = (i * 37 % 101) / 101.0;
  for (int round = 0; round < 12; round++) {
    fft(1);
    fft(-1);
    for (int i = 0; i < N; i++) x[i] /= N;
  }
  double sum = 0;
  for (int i = 0; i < N; i++) sum += creal(x[i]) * (i % 7);
  printf("%.3f\n", sum);
  return 0;
}
