// Product of two square matrices of floats and of 32-bit integers.
#include <stdint.h>
#include <stdio.h>

enum { N = 256 };
static float a[N][N], b[N][N], c[N][N];
static int32_t p[N][N], q[N][N], r[N][N];

int main(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (float)((i * 7 + j * 3) % 11 - 5), b[i][j] = (float)((i * 5 + j * 13) % 17 - 8);
      p[i][j] = i * j % 31, q[i][j] = i - j;
    }
  for (int round = 0; round < 10; round++)
    for (int i = 0; i < N; i++)
      for (int k = 0; k < N; k++) {
        for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
        for (int j = 0; j < N; j++) r[i][j] += p[i][k] * q[k][j];
      }
  double sum = 0;
  for (int i = 0; i < N; i++) sum += c[i][i * 31 % N] + r[i][i * 17 % N] % 1000;
  printf("%.1f\n", sum);
  return 0;
}
