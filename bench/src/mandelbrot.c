// How many steps each point of the plane takes to escape: scalar floating point and branches.
#include <stdio.h>

int main(void) {
  long total = 0;
  for (int y = 0; y < 400; y++)
    for (int x = 0; x < 600; x++) {
      const double cr = x / 200.0 - 2.1, ci = y / 160.0 - 1.25;
      double zr = 0, zi = 0;
      int n = 0;
      while (n < 300 && zr * zr + zi * zi < 4) {
        const double t = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = t;
        n++;
      }
      total += n;
    }
  printf("%ld\n", total);
  return 0;
}
