// Product of two square matrices of doubles, in the order that vectorises.
#include <stdio.h>
#include <stdlib.h>

#define N 384

int main(void) {
  double(*a)[N] = malloc(sizeof(double[N][N])), (*b)[N] = malloc(sizeof(double[N][N])),
  (*c)[N] = calloc(N, sizeof(double[N]));
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (i * 7 + j * 3) % 11 - 5;
      b[i][j] = (i * 5 + j * 13) % 17 - 8;
    }
  for (int round = 0; round < 6; round++)
    for (int i = 0; i < N; i++)
      for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
  double sum = 0;
  for (int i = 0; i < N; i++) sum += c[i][(i * 31) % N];
  printf("%.1f\n", sum);
  return 0;
}
