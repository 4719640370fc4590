// Pointer masking (Supm): Documentation/arch/riscv/uabi.rst, arch/riscv/kernel/process.c.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kSetControl = 55, kGetControl = 56, kLengthShift = 24 };

static long set(unsigned long length, unsigned long flags) {
  return prctl(kSetControl, length << kLengthShift | flags, 0, 0, 0);
}
static void show(const char* what, long result) {
  const long control = prctl(kGetControl, 0, 0, 0, 0);
  printf("%s: %s; %ld bits%s\n", what, result ? strerror(errno) : "good", control >> kLengthShift,
         control & 1 ? ", and system calls" : "");
}
static void must(const char* what, int good) { printf("%s: %s\n", what, good ? "good" : "WRONG"); }

static __thread sigjmp_buf out;
static __thread struct {
  int signal, code;
  uint64_t address;
} seen;
static void handler(int signal, siginfo_t* info, void* context) {
  (void)context;
  seen.signal = signal;
  seen.code = info->si_code;
  seen.address = (uint64_t)info->si_addr;
  siglongjmp(out, 1);
}

static volatile uint64_t memory[16] __attribute__((aligned(64)));
static uint64_t tagged(const volatile void* p, unsigned length) {
  return (uint64_t)p | (uint64_t)0xa5a5 << (64 - length);
}

// One access each, of what is at a0: they answer whether it did what it should.
static int load(uint64_t at) { return *(volatile uint64_t*)at == 0x1122334455667788; }
static int load_byte(uint64_t at) { return *(volatile uint8_t*)(at + 7) == 0x11; }
static int store(uint64_t at) {
  *(volatile uint32_t*)(at + 8) = 7;
  return (uint32_t)memory[1] == 7;
}
static int compressed(uint64_t at) {
  register uint64_t a0 asm("a0") = at;
  asm volatile("c.ld a0, 0(a0)" : "+r"(a0) : : "memory");
  return a0 == 0x1122334455667788;
}
static int floating(uint64_t at) {
  double d;
  asm volatile("fld %0, 0(%1)\n fsd %0, 16(%1)" : "=f"(d) : "r"(at) : "memory");
  return memory[2] == 0x1122334455667788;
}
static int atomic(uint64_t at) {
  uint64_t old;
  memory[3] = 5;
  asm volatile("amoadd.d %0, %2, (%1)" : "=r"(old) : "r"(at + 24), "r"(3l) : "memory");
  return old == 5 && memory[3] == 8;
}
static int exclusive(uint64_t at) {
  uint64_t old, failed;
  memory[4] = 9;
  do {
    asm volatile("lr.d %0, (%2)\n sc.d %1, %3, (%2)" : "=&r"(old), "=&r"(failed) : "r"(at + 32), "r"(10l) : "memory");
  } while (failed);
  return old == 9 && memory[4] == 10;
}
static int vector(uint64_t at) {
  memory[5] = 0;
  asm volatile(".option push\n.option arch, +v\n"
               "vsetivli zero, 1, e64, m1, ta, ma\n vle64.v v1, (%0)\n vse64.v v1, (%1)\n.option pop"
               :
               : "r"(at), "r"(at + 40)
               : "memory");
  return memory[5] == 0x1122334455667788;
}
static int vector_strided(uint64_t at) {
  uint64_t got[3] = {0};
  asm volatile(".option push\n.option arch, +v\n"
               "vsetvli zero, %3, e64, m2, ta, ma\n vlse64.v v2, (%0), %1\n vse64.v v2, (%2)\n.option pop"
               :
               : "r"(at), "r"(16l), "r"(got), "r"(3l)
               : "memory");
  return got[0] == memory[0] && got[1] == memory[2] && got[2] == memory[4];
}
static int vector_indexed(uint64_t at) {
  uint64_t got[2] = {0}, pointers[2] = {at + 8, (uint64_t)&memory[2]};
  asm volatile(".option push\n.option arch, +v\n"
               "vsetvli zero, %2, e64, m1, ta, ma\n vle64.v v2, (%0)\n vluxei64.v v3, (zero), v2\n vse64.v v3, (%1)\n.option pop"
               :
               : "r"(pointers), "r"(got), "r"(2l)
               : "memory");
  return got[0] == memory[1] && got[1] == memory[2];
}
static int zero_block(uint64_t at) {
  memory[8] = 1;
  register uint64_t a0 asm("a0") = at + 64;
  asm volatile(".insn i 0x0f, 2, x0, a0, 4" : : "r"(a0) : "memory");  // cbo.zero
  return memory[8] == 0;
}

static const struct {
  const char* name;
  int (*run)(uint64_t);
} accesses[] = {{"load", load},           {"byte", load_byte},   {"store", store},         {"compressed", compressed},
                {"floating", floating},   {"atomic", atomic},    {"exclusive", exclusive}, {"vector", vector},
                {"strided", vector_strided}, {"indexed", vector_indexed}, {"zeros", zero_block}};
enum { kAccesses = sizeof accesses / sizeof accesses[0] };

// Which of them work on an address: + for those that do what they should, . for those that fault.
static void try_all(const char* what, uint64_t at) {
  char line[kAccesses + 1] = {0};
  for (int round = 0; round < 200; round++)
    for (int i = 0; i < kAccesses; i++) {
      const char now = sigsetjmp(out, 1) ? '.' : accesses[i].run(at) ? '+' : '!';
      line[i] = round == 0 || line[i] == now ? now : '?';
    }
  printf("%s: %s\n", what, line);
}
static void where(const char* what, uint64_t at) {
  memset((void*)&seen, 0, sizeof seen);
  if (!sigsetjmp(out, 1)) load(at);
  printf("%s: %s %d at %#llx\n", what, seen.signal == SIGSEGV ? "SIGSEGV" : "none", seen.code, (unsigned long long)seen.address);
}

static void calls(unsigned length) {
  int pipe_ends[2], pair[2];
  char buffer[32] = {0}, text[] = "hello";
  struct stat status;
  const char* self = "/proc/self/exe";
  if (pipe(pipe_ends) || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) exit(2);
  errno = 0;
  printf("  write: %ld %d\n", (long)syscall(SYS_write, pipe_ends[1], tagged(text, length), 5), errno);
  errno = 0;
  const struct iovec io = {(void*)tagged(text, length), 5};
  printf("  writev: %ld %d\n", (long)syscall(SYS_writev, pipe_ends[1], &io, 1), errno);
  errno = 0;
  printf("  writev of a tagged vector: %ld %d\n", (long)syscall(SYS_writev, pipe_ends[1], tagged(&io, length), 1), errno);
  errno = 0;
  printf("  stat: %d %d\n", (int)syscall(SYS_newfstatat, AT_FDCWD, tagged(self, length), tagged(&status, length), 0), errno);
  errno = 0;
  struct iovec whole = {(void*)tagged(text, length), 5};
  struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};
  printf("  sendmsg: %d %d\n", (int)sendmsg(pair[0], &message, 0), errno);
  errno = 0;
  whole.iov_base = (void*)tagged(buffer, length);
  if (send(pair[0], text, 5, 0) != 5) exit(2);
  const int received = (int)syscall(SYS_recvmsg, pair[1], tagged(&message, length), 0);
  printf("  recvmsg: %d %d %s\n", received, errno, received > 0 ? buffer : "");
  errno = 0;
  printf("  mprotect: %d %d\n", (int)syscall(SYS_mprotect, tagged((void*)((uint64_t)memory & ~4095ul), length), 4096, PROT_READ | PROT_WRITE), errno);
  close(pipe_ends[0]), close(pipe_ends[1]), close(pair[0]), close(pair[1]);
}

static void* without(void* unused) {
  show("a thread inherits", 0);
  try_all("and uses it", tagged(memory, 7));
  show("gives it up", set(0, 0));
  try_all("and faults", tagged(memory, 7));
  show("nor may it let system calls", set(7, 1));
  return unused;
}
static void run_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, without, NULL)) exit(2);
  pthread_join(thread, NULL);
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 1) {
    show("a new program", 0);
    return 0;
  }
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  memory[0] = 0x1122334455667788;

  for (int i = 0; i < 6; i++) {
    static const unsigned lengths[] = {1, 7, 8, 16, 17, 127};
    char what[32];
    snprintf(what, sizeof what, "%u bits", lengths[i]);
    show(what, set(lengths[i], 0));
  }
  show("without bits, with system calls", set(0, 1));
  show("another flag", set(7, 2));
  show("another argument", prctl(kSetControl, 0, 1, 0, 0));
  show("none", set(0, 0));

  try_all("no tag", (uint64_t)memory);
  try_all("a tag", tagged(memory, 7));
  where("a tag", 0x1200000000001000);
  show("7 bits", set(7, 0));
  try_all("a tag", tagged(memory, 7));
  try_all("another, of the lowest bit", (uint64_t)memory | (uint64_t)1 << 57);
  try_all("a tag that is too long", tagged(memory, 8));
  try_all("a tag that is longer", tagged(memory, 16));
  where("nothing there", 0x1200000000001000);
  where("not an address", 0x1210000000001000);
  show("16 bits", set(16, 0));
  try_all("a tag", tagged(memory, 16));
  try_all("a short one", tagged(memory, 7));

  memset((void*)&seen, 0, sizeof seen);
  if (!sigsetjmp(out, 1)) ((void (*)(void))tagged((void*)where, 16))();
  must("code has no tags", seen.signal == SIGSEGV);

  puts("system calls without");
  calls(16);
  show("7 bits", set(7, 1));
  puts("system calls with");
  calls(7);
  show("without system calls", set(7, 0));
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    show("a child inherits", 0);
    try_all("and uses it", tagged(memory, 7));
    exit(0);
  }
  waitpid(pid, NULL, 0);
  run_thread();
  try_all("the first thread still", tagged(memory, 7));
  show("system calls are as they were", set(7, 1));
  const pid_t other = fork();
  if (other == 0) {
    show("but in a child", set(7, 1));
    execl(argv[0][0] == '/' ? argv[0] : "/proc/self/exe", "again", NULL);
    exit(1);
  }
  waitpid(other, NULL, 0);
  return 0;
}
