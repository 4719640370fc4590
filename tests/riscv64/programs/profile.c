// What riscv_hwprobe tells of RVA23U64, by the names of uapi/asm/hwprobe.h.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char* name;
  unsigned bit;
} wanted[] = {{"FD", 0},        {"C", 1},      {"V", 2},      {"ZBA", 3},     {"ZBB", 4},          {"ZBS", 5},     {"ZICBOZ", 6},
              {"ZKT", 16},      {"ZVBB", 17},  {"ZVKB", 19},  {"ZVKT", 26},   {"ZFHMIN", 28},      {"ZIHINTNTL", 29},
              {"ZVFHMIN", 31},  {"ZFA", 32},   {"ZICOND", 35}, {"ZIHINTPAUSE", 36}, {"ZVE32X", 37}, {"ZVE32F", 38}, {"ZVE64X", 39},
              {"ZVE64F", 40},   {"ZVE64D", 41}, {"ZIMOP", 42}, {"ZCA", 43},    {"ZCB", 44},         {"ZCD", 45},    {"ZCMOP", 47},
              {"ZAWRS", 48},    {"SUPM", 49},  {"ZICNTR", 50}, {"ZIHPM", 51},  {"ZICBOM", 55},      {"ZAAMO", 56},  {"ZALRSC", 57},
              {"ZICBOP", 60},
              // And of what it may have.
              {"ZVBC", 18},     {"ZVKG", 20},  {"ZVKNED", 21}, {"ZVKNHA", 22}, {"ZVKNHB", 23},      {"ZVKSED", 24}, {"ZVKSH", 25},
              {"ZACAS", 34},    {"ZABHA", 58}};

int main(void) {
  struct {
    int64_t key;
    uint64_t value;
  } probe = {4, 0};
  printf("%ld\n", syscall(258, &probe, 1, 0, NULL, 0));
  for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
    if (!(probe.value >> wanted[i].bit & 1)) printf("no %s\n", wanted[i].name);
  char line[4096] = "";
  FILE* info = fopen("/proc/cpuinfo", "r");
  while (fgets(line, sizeof line, info) && strncmp(line, "isa\t", 4)) {
  }
  printf("%s\n", strstr(line, "_supm") && strstr(line, "_zvkned") ? "so says cpuinfo" : line);
  return 0;
}
