// What a C library does: text, memory, sorting, time, environment, files.
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int by_value(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  printf("%d %s %s\n", argc, argv[1], argv[2]);
  printf("%ld %lx %e %g %a %s %c %5d|%-5d|%05d\n", -1234567890123L, 0xfedcba9876543210UL, 3.14159e100, 1e-7, 0.1, "text",
         'c', 42, 42, 42);
  double values[100];
  for (int i = 0; i < 100; i++) values[i] = (i * 7919 % 101) / 3.0;
  qsort(values, 100, sizeof *values, by_value);
  for (int i = 0; i < 100; i += 11) printf("%.17g ", values[i]);
  puts("");
  unsigned long sum = 0;
  for (int round = 0; round < 50; round++) {
    char* p = malloc(1000 * round + 1);
    memset(p, round, 1000 * round + 1);
    p = realloc(p, 2000 * round + 1);
    for (int i = 0; i < 1000 * round + 1; i += 97) sum = sum * 31 + p[i];
    free(p);
  }
  printf("%lu\n", sum);
  char text[200] = "";
  for (int i = 0; i < 20; i++) sprintf(text + strlen(text), "%d,", i * i);
  printf("%s %zu %s\n", text, strlen(text), strstr(text, "144"));
  for (char* t = strtok(text, ","); t; t = strtok(NULL, ",")) printf("%ld ", strtol(t, NULL, 10) % 7);
  puts("");
  struct tm tm;
  const time_t when = 1700000000;
  gmtime_r(&when, &tm);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %A", &tm);
  puts(text);
  setenv("ONE", "1", 1);
  printf("%s %s\n", getenv("ONE"), strerror(ENOENT));
  FILE* f = fopen("file", "w+");
  for (int i = 0; i < 1000; i++) fprintf(f, "line %d\n", i);
  rewind(f);
  int lines = 0;
  while (fgets(text, sizeof text, f)) lines++;
  fclose(f);
  unlink("file");
  printf("%d %s", lines, text);
  srand(1);
  unsigned long long hash = 14695981039346656037ULL;
  for (int i = 0; i < 100000; i++) hash = (hash ^ (unsigned)(i * 2654435761u)) * 1099511628211ULL;
  printf("%llx %lld %llu %d\n", hash, (long long)hash / 1000003, hash % 1000003, (int)(hash >> 33) / -7);
  return 7;
}
