// Switching vectors off for programs to come: Documentation/arch/riscv/vector.rst.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSet = 69, kGet = 70, kOff = 1, kOn = 2, kNextOff = 4, kNextOn = 8, kInherit = 16 };

static void try_set(const char* what, unsigned long control) {
  const long result = prctl(kSet, control, 0, 0, 0);
  printf("  %s: %s, %d\n", what, result ? strerror(errno) : "good", (int)prctl(kGet, 0, 0, 0, 0));
}

static sigjmp_buf out;
static void handler(int signal) {
  (void)signal;
  siglongjmp(out, 1);
}
static void use(void) {
  long length = 0;
  if (sigsetjmp(out, 1)) {
    puts("  vectors are illegal");
  } else {
    asm volatile(".option push\n.option arch, +v\n vsetivli %0, 3, e8, m1, ta, ma\n.option pop" : "=r"(length));
    printf("  vl %ld\n", length);
  }
  if (sigsetjmp(out, 1)) {
    puts("  so are their registers");
  } else {
    asm volatile("csrr %0, 0xc22" : "=r"(length));
    puts("  so are their registers not");
  }
}
static void state(const char* name) {
  printf("%s: control %d, %s\n", name, (int)prctl(kGet, 0, 0, 0, 0), getauxval(AT_HWCAP) & 1 << ('v' - 'a') ? "V" : "no V");
  use();
}
// A child that executes this program with another name.
static void start(const char* name, unsigned long control, int sets) {
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    if (sets) try_set(name, control);
    fflush(stdout);
    execl("/proc/self/exe", name, NULL);
    _exit(1);
  }
  waitpid(pid, NULL, 0);
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGILL, handler);
  if (argc > 1) {
    state("first");
    try_set("off", kOff);
    try_set("the next program", kOn | 3 << 2);
    try_set("another flag", 32);
    start("off", kNextOff, 1);
    start("off with all after it", kNextOff | kInherit, 1);
    start("on", kNextOn, 1);
    state("first");
    return 0;
  }
  state(argv[0]);
  if (strcmp(argv[0], "off") == 0) {
    try_set("off", kOff);
    start("after one that was off", 0, 0);
    try_set("on", kOn);
    use();
    try_set("off again", kOff);
  } else if (strcmp(argv[0], "off with all after it") == 0) {
    start("after those that were off", 0, 0);
  }
  return 0;
}
