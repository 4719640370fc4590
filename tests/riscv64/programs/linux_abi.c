// What a riscv64 kernel has, and has not, that arm64's has otherwise.
#define _GNU_SOURCE
#include <asm/ptrace.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char* what, long result) {
  printf("%s: %ld%s%s\n", what, result < 0 ? -1 : result, result < 0 ? " " : "", result < 0 ? strerror(errno) : "");
}

struct probe {
  int64_t key;
  uint64_t value;
};
static long hwprobe(struct probe* probes, size_t count, size_t size, void* cpus, unsigned flags) {
  return syscall(258, probes, count, size, cpus, flags);
}
static void probes(void) {
  enum { kWhichCpus = 1 };
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  struct probe base = {3, 0}, unknown = {999, 5}, both[2];
  cpu_set_t set, empty;
  CPU_ZERO(&empty);
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  say("of all", hwprobe(&base, 1, 0, NULL, 0));
  printf("  base %#llx\n", (unsigned long long)base.value);
  say("of one", hwprobe(&base, 1, sizeof set, &set, 0));
  say("of none", hwprobe(&base, 1, sizeof empty, &empty, 0));
  say("of a set without a size", hwprobe(&base, 1, 0, &set, 0));
  say("of a set that is nowhere", hwprobe(&base, 1, sizeof set, (void*)8, 0));
  say("unknown", hwprobe(&unknown, 1, 0, NULL, 0));
  printf("  key %lld, value %llu\n", (long long)unknown.key, (unsigned long long)unknown.value);
  say("to nowhere", hwprobe((struct probe*)8, 1, 0, NULL, 0));
  say("with another flag", hwprobe(&base, 1, 0, NULL, 2));
  // Which have what.
  CPU_ZERO(&set);
  base.value = 1;
  say("which", hwprobe(&base, 1, sizeof set, &set, kWhichCpus));
  printf("  %s\n", CPU_COUNT(&set) == online ? "all" : "OTHERS");
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  CPU_SET(1000, &set);
  say("which of two, of which one is none", hwprobe(&base, 1, sizeof set, &set, kWhichCpus));
  printf("  %d, the first %s\n", CPU_COUNT(&set) - !!CPU_ISSET(1000, &set), CPU_ISSET(0, &set) ? "too" : "NOT");
  both[0] = (struct probe){4, 0};
  hwprobe(both, 1, 0, NULL, 0);
  both[0].value &= 7;  // fewer bits than there are
  both[1] = (struct probe){0, 12345};
  CPU_ZERO(&set);
  say("which have some bits", hwprobe(both, 1, sizeof set, &set, kWhichCpus));
  printf("  %s\n", CPU_COUNT(&set) == online ? "all" : "OTHERS");
  say("which are of another vendor", hwprobe(both, 2, 8, &set, kWhichCpus));
  printf("  %d\n", CPU_ISSET(0, &set) ? 1 : 0);
  unknown = (struct probe){999, 5};
  CPU_ZERO(&set);
  say("which have what is unknown", hwprobe(&unknown, 1, 8, &set, kWhichCpus));
  printf("  key %lld, %d\n", (long long)unknown.key, CPU_ISSET(0, &set) ? 1 : 0);
  say("which, without a set", hwprobe(&base, 1, 0, NULL, kWhichCpus));
}

static void calls(void) {
  say("renameat", syscall(38, AT_FDCWD, "one", AT_FDCWD, "other"));
  say("renameat2", syscall(SYS_renameat2, AT_FDCWD, "/nowhere/one", AT_FDCWD, "/nowhere/other", 0));
  say("riscv_flush_icache", syscall(259, 0, 0, 1));
  say("riscv_flush_icache, another flag", syscall(259, 0, 0, 2));
  say("clone3 of nothing", syscall(435, NULL, 0));
  say("map_shadow_stack", syscall(453, 0, 4096, 0));
  say("PR_RISCV_SET_ICACHE_FLUSH_CTX", prctl(71, 0, 0));
  say("  of a thread", prctl(71, 1, 1));
  say("  of something else", prctl(71, 0, 2));
  say("PR_SET_TAGGED_ADDR_CTRL", prctl(55, 1, 0, 0, 0));
  say("PR_GET_TAGGED_ADDR_CTRL", prctl(56, 0, 0, 0, 0));
  say("PR_SVE_GET_VL", prctl(51));
  say("personality", personality(0xffffffff));
  struct utsname name;
  uname(&name);
  printf("%s\n", name.machine);
  printf("AT_HWCAP %s, AT_HWCAP2 %lu, AT_PLATFORM %s, AT_MINSIGSTKSZ %s, AT_PAGESZ %lu\n",
         (getauxval(AT_HWCAP) & 0x112d) == 0x112d ? "IMAFDC" : "WRONG", getauxval(AT_HWCAP2), getauxval(AT_PLATFORM) ? "there" : "none",
         getauxval(51) >= 1088 ? "enough" : "LITTLE", getauxval(AT_PAGESZ));
  // Of caches that nothing is known of.
  int there = 0;
  for (unsigned long type = 40; type <= 47; type++) {
    errno = 0;
    there += getauxval(type) == 0 && errno == 0;
  }
  printf("AT_L1I_CACHESIZE and the like: %d of 8\n", there);
  stack_t little = {.ss_sp = malloc(4096), .ss_size = 2047};
  say("sigaltstack of 2047", sigaltstack(&little, NULL));
  little.ss_size = 2048;
  say("sigaltstack of 2048", sigaltstack(&little, NULL));
}

// --- register sets, and a call as a tracer sees it
static long trace(long request, pid_t pid, unsigned long addr, void* data) {
  return ptrace((enum __ptrace_request)request, pid, (void*)addr, data);
}
static long get_set(pid_t pid, unsigned long type, void* to, size_t* size) {
  struct iovec io = {to, *size};
  const long result = trace(PTRACE_GETREGSET, pid, type, &io);
  *size = io.iov_len;
  return result;
}
static void registers(void) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    trace(PTRACE_TRACEME, 0, 0, NULL);
    asm volatile("fsflags %0\n fsrm %1\n fmv.d.x fs3, %2" : : "r"(0x11), "r"(2), "r"(0x1234ul) : "fs3");
    raise(SIGSTOP);
    long result = syscall(SYS_getpriority, 1111, 2222);
    uint64_t bits, flags;
    asm volatile("fmv.x.d %0, fs3\n frcsr %1" : "=r"(bits), "=r"(flags));
    _exit(result == 55 && bits == 0x4321 && flags == 0x64 ? 4 : 5);
  }
  int status;
  waitpid(pid, &status, 0);
  struct user_regs_struct regs;
  struct {
    uint64_t f[32];
    uint32_t fcsr, padding;
  } fp;
  unsigned char large[1024];
  size_t size = sizeof large;
  say("NT_PRSTATUS", get_set(pid, NT_PRSTATUS, large, &size));
  printf("  %zu bytes\n", size);
  size = sizeof large;
  say("NT_PRFPREG", get_set(pid, NT_PRFPREG, large, &size));
  printf("  %zu bytes\n", size);
  size = 33 * 4;
  say("NT_PRFPREG of floats", get_set(pid, NT_PRFPREG, large, &size));
  size = sizeof large;
  say("NT_ARM_TLS", get_set(pid, 0x401, large, &size));
  say("PTRACE_GETREGS", trace(12, pid, 0, large));
  say("PTRACE_SYSEMU", trace(31, pid, 0, NULL));
  say("PTRACE_SINGLESTEP", trace(PTRACE_SINGLESTEP, pid, 0, NULL));
  say("PTRACE_SINGLEBLOCK", trace(33, pid, 0, NULL));
  size = sizeof fp;
  get_set(pid, NT_PRFPREG, &fp, &size);
  printf("fs3 %llx, fcsr %x\n", (unsigned long long)fp.f[19], fp.fcsr);
  fp.f[19] = 0x4321;
  fp.fcsr = 0x64;
  struct iovec io = {&fp, sizeof fp};
  say("set", trace(PTRACE_SETREGSET, pid, NT_PRFPREG, &io));
  trace(PTRACE_SETOPTIONS, pid, 0, (void*)PTRACE_O_TRACESYSGOOD);
  for (;;) {
    trace(PTRACE_SYSCALL, pid, 0, NULL);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) break;
    struct __ptrace_syscall_info call;
    trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call);
    size = sizeof regs;
    get_set(pid, NT_PRSTATUS, &regs, &size);
    if (regs.a7 != SYS_getpriority) continue;
    printf("%s: arch %s, pc %s, sp %s, a0 %ld, a1 %ld, a7 %ld\n", call.op == PTRACE_SYSCALL_INFO_ENTRY ? "entry" : "exit",
           call.arch == AUDIT_ARCH_RISCV64 ? "riscv64" : "ANOTHER", call.instruction_pointer == regs.pc ? "good" : "WRONG",
           call.stack_pointer == regs.sp ? "good" : "WRONG", (long)regs.a0, (long)regs.a1, (long)regs.a7);
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
      printf("  call %lld(%lld, %lld)\n", (long long)call.entry.nr, (long long)call.entry.args[0], (long long)call.entry.args[1]);
    } else {
      printf("  result %lld, error %d\n", (long long)call.exit.rval, call.exit.is_error);
      regs.a0 = 55;
      // Part of a set: what is not given stays.
      struct iovec part = {&regs, offsetof(struct user_regs_struct, a1)};
      trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
    }
  }
  printf("status %d\n", WEXITSTATUS(status));
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  probes();
  calls();
  registers();
  return 0;
}
