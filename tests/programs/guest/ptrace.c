// Tracing: what a tracer sees of its tracees, in which order. The same natively on any architecture.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__riscv)
#include <asm/ptrace.h>
#endif

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

static long trace(long request, pid_t pid, unsigned long addr, unsigned long data) {
  return ptrace((enum __ptrace_request)request, pid, (void*)addr, (void*)data);
}

static pid_t first_pid, second_pid;
static const char* who(pid_t pid) {
  if (pid == first_pid) return "first";
  if (!second_pid) second_pid = pid;
  return pid == second_pid ? "second" : "third";
}

static const char* name_of(long nr) {
  switch (nr) {
    case SYS_getppid: return "getppid";
    case SYS_getpgid: return "getpgid";
    case SYS_nanosleep: return "nanosleep";
    case SYS_clock_nanosleep: return "clock_nanosleep";
    case SYS_restart_syscall: return "restart_syscall";
    case SYS_read: return "read";
    case SYS_exit_group: return "exit_group";
    case SYS_execve: return "execve";
    case SYS_rt_sigreturn: return "rt_sigreturn";
    case SYS_kill: return "kill";
    case SYS_tgkill: return "tgkill";
    case SYS_rt_sigprocmask: return "rt_sigprocmask";
    case SYS_getpid: return "getpid";
    case SYS_gettid: return "gettid";
    default: return NULL;
  }
}

static int after_sigreturn;

// Prints a stop as the kernel describes it.
static void show(pid_t pid, int status) {
  printf("  %s: ", who(pid));
  if (WIFEXITED(status)) {
    printf("exited %d\n", WEXITSTATUS(status));
    return;
  }
  if (WIFSIGNALED(status)) {
    printf("killed by %d\n", WTERMSIG(status));
    return;
  }
  int signal = WSTOPSIG(status), event = status >> 16;
  siginfo_t info = {0};
  long got = trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info);
  struct __ptrace_syscall_info call = {0};
  long size = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
  if (event) {
    printf("event %d signal %d code %x", event, signal, got ? -1 : info.si_code);
    unsigned long message = 0;
    trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&message);
    if (event == PTRACE_EVENT_EXIT) printf(" message %lx", message);
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
      printf(" child is %s", who((pid_t)message));
    printf("\n");
  } else if (signal == (SIGTRAP | 0x80)) {
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
      const char* name = name_of((long)call.entry.nr);
      after_sigreturn = call.entry.nr == SYS_rt_sigreturn;
      printf("enter %s size %ld\n", name ? name : "?", size);
    } else {
      // Numbers of processes, and what a register held, differ.
      long long result = call.exit.rval;
      if (result >= 1000 || result == pid || result == getpid()) result = 1;
      if (after_sigreturn && !call.exit.is_error) result = 0;
      printf("exit %lld error %d size %ld\n", result, call.exit.is_error, size);
    }
  } else {
    printf("signal %d", signal);
    if (got) {
      printf(" group stop (%s)\n", strerror(errno));
      return;
    }
    printf(" code %d from %s value %d\n", info.si_code,
           info.si_pid == 0 ? "kernel" : info.si_pid == getpid() ? "tracer" : "self",
           info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
  }
}

static int wait_and_show(pid_t pid, pid_t* which) {
  int status;
  pid_t got = waitpid(pid, &status, __WALL);
  if (got < 0) {
    printf("  wait: %s\n", strerror(errno));
    return -1;
  }
  if (which) *which = got;
  show(got, status);
  return status;
}

// --- the program counter and result of a stopped tracee
#if defined(__aarch64__)
typedef struct user_regs_struct Regs;
#define PC(r) ((r).pc)
#define RESULT(r) ((r).regs[0])
#elif defined(__riscv)
typedef struct user_regs_struct Regs;
#define PC(r) ((r).pc)
#define RESULT(r) ((r).a0)
#else
typedef struct user_regs_struct Regs;
#define PC(r) ((r).rip)
#define RESULT(r) ((r).rax)
#endif
static Regs registers(pid_t pid) {
  Regs r;
  struct iovec io = {&r, sizeof r};
  if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&io) || io.iov_len != sizeof r) printf("  no registers\n");
  return r;
}
static void set_registers(pid_t pid, Regs r) {
  struct iovec io = {&r, sizeof r};
  if (trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, (unsigned long)&io)) printf("  registers not set\n");
}

static pid_t start(void (*body)(void)) {
  fflush(stdout);
  second_pid = 0;
  pid_t pid = fork();
  if (pid == 0) {
    trace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    body();
    _exit(9);
  }
  first_pid = pid;
  return pid;
}

static volatile int variable = 5;
static volatile sig_atomic_t handled;
static void handler(int s) { handled += s; }

// --- system calls, signals
static void calls(void) {
  syscall(SYS_getppid);
  syscall(SYS_getpgid, -1);
  _exit(variable == 6 ? 3 : 4);
}
static void test_calls(void) {
  printf("calls\n");
  pid_t pid = start(calls);
  wait_and_show(pid, NULL);
  trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT);
  printf("  variable is %ld\n", trace(PTRACE_PEEKDATA, pid, (unsigned long)&variable & ~7ul, 0) >>
                                    ((unsigned long)&variable % 8 * 8) & 0xff);
  long word = trace(PTRACE_PEEKDATA, pid, (unsigned long)&variable & ~7ul, 0);
  unsigned shift = (unsigned long)&variable % 8 * 8;
  word = (word & ~(0xfful << shift)) | 6ul << shift;
  trace(PTRACE_POKEDATA, pid, (unsigned long)&variable & ~7ul, (unsigned long)word);
  errno = 0;
  trace(PTRACE_PEEKDATA, pid, 8, 0);
  printf("  bad address: %s\n", strerror(errno));
  for (int i = 0; i < 9; i++) {
    trace(PTRACE_SYSCALL, pid, 0, 0);
    int status = wait_and_show(pid, NULL);
    if (WIFEXITED(status)) break;
    if (i == 3) {
      Regs r = registers(pid);
      RESULT(r) = 77;
      set_registers(pid, r);
      printf("  result is now %ld\n", (long)RESULT(registers(pid)));
    }
  }
}

static void with_signals(void) {
  signal(SIGUSR1, handler);
  signal(SIGUSR2, SIG_IGN);
  raise(SIGUSR1);
  raise(SIGUSR2);
  raise(SIGCHLD);
  raise(SIGUSR1);  // the tracer takes it away
  raise(SIGWINCH); // and makes it SIGUSR1
  union sigval v = {.sival_int = 42};
  sigqueue(getpid(), SIGUSR1, v);
  *(volatile int*)8 = 1;
}
static void test_signals(void) {
  printf("signals\n");
  pid_t pid = start(with_signals);
  wait_and_show(pid, NULL);
  int usr1 = 0, signal = 0;
  for (;;) {
    trace(PTRACE_CONT, pid, 0, (unsigned long)signal);
    int status = wait_and_show(pid, NULL);
    if (!WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status);
    if (signal == SIGUSR1 && ++usr1 == 2) signal = 0;
    if (signal == SIGWINCH) signal = SIGUSR1;
    if (signal == SIGSEGV) {
      long value = trace(PTRACE_PEEKDATA, pid, (unsigned long)&handled & ~7ul, 0) >> ((unsigned long)&handled % 8 * 8);
      printf("  handled %d\n", (int)value);
      signal = SIGKILL;
    }
  }
}

static void loops(void) {
  for (;;) variable++;
}

// --- a breakpoint in code that has run already
static __attribute__((noinline)) int function(int x) {
  __asm__ volatile("" : "+r"(x));
  return x * 3;
}
static void with_breakpoint(void) {
  int sum = 0;
  for (int i = 0; i < 1000; i++) sum += function(i);
  raise(SIGUSR2);
  for (int i = 0; i < 10; i++) sum += function(i);
  _exit(sum == 1498635 ? 0 : 1);
}
// Past the first instruction of `function`, which is there again.
static void step_over(pid_t pid) {
  int status;
#if defined(__riscv)
  // riscv64's kernels do not step: as far as where it returns to.
  unsigned long at = registers(pid).ra;
  long original = trace(PTRACE_PEEKTEXT, pid, at, 0);
  trace(PTRACE_POKETEXT, pid, at, (unsigned long)((original & ~0xfffful) | 0x9002));
  trace(PTRACE_CONT, pid, 0, 0);
  waitpid(pid, &status, 0);
  trace(PTRACE_POKETEXT, pid, at, (unsigned long)original);
#else
  trace(PTRACE_SINGLESTEP, pid, 0, 0);
  waitpid(pid, &status, 0);
#endif
}
static void test_breakpoint(int by_file) {
  printf("breakpoint\n");
  pid_t pid = start(with_breakpoint);
  wait_and_show(pid, NULL);
  trace(PTRACE_CONT, pid, 0, 0);
  wait_and_show(pid, NULL);
  unsigned long at = (unsigned long)function;
  long original = 0, breakpoint;
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/mem", pid);
  FILE* memory = by_file ? fopen(name, "r+") : NULL;
  if (memory) setvbuf(memory, NULL, _IONBF, 0);
  original = trace(PTRACE_PEEKTEXT, pid, at, 0);
#if defined(__aarch64__)
  breakpoint = (original & ~0xfffffffful) | 0xd4200000;
#elif defined(__riscv)
  breakpoint = (original & ~0xfffful) | 0x9002;  // c.ebreak
#else
  breakpoint = (original & ~0xfful) | 0xcc;
#endif
  int hits = 0;
  for (int i = 0;; i++) {
    if (memory) {
      fseek(memory, (long)at, SEEK_SET);
      fwrite(&breakpoint, sizeof breakpoint, 1, memory);
    } else {
      trace(PTRACE_POKETEXT, pid, at, (unsigned long)breakpoint);
    }
    trace(PTRACE_CONT, pid, 0, 0);
    int status;
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
      show(pid, status);
      break;
    }
    if (WSTOPSIG(status) != SIGTRAP) {
      show(pid, status);
      continue;
    }
    Regs r = registers(pid);
#if defined(__x86_64__)
    PC(r)--;
    set_registers(pid, r);
#endif
    hits += PC(r) == at;
    trace(PTRACE_POKETEXT, pid, at, (unsigned long)original);
    step_over(pid);
  }
  printf("  hits %d\n", hits);
  if (memory) fclose(memory);
}

// --- new processes and threads
static void* thread_body(void* argument) {
  syscall(SYS_getppid);
  return argument;
}
static void makes_threads(void) {
  pthread_t t;
  pthread_create(&t, NULL, thread_body, NULL);
  pthread_join(t, NULL);
  if (vfork() == 0) _exit(2);
  if (fork() == 0) _exit(5);
  int status;
  wait(&status);
  wait(&status);
  execl("/proc/self/exe", "ptrace", "exec", (char*)NULL);
  _exit(1);
}
// The order of events of several tracees is not fixed: counted, each kind.
static void test_events(int seized) {
  printf("events%s\n", seized ? ", seized" : "");
  unsigned long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                          PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
  fflush(stdout);
  pid_t pid;
  if (seized) {
    pid = fork();
    if (pid == 0) {
      raise(SIGSTOP);
      makes_threads();
    }
    int status;
    waitpid(pid, &status, WUNTRACED);
    printf("  seize: %ld\n", trace(PTRACE_SEIZE, pid, 0, options));
    kill(pid, SIGCONT);
  } else {
    pid = start(makes_threads);
    wait_and_show(pid, NULL);
    trace(PTRACE_SETOPTIONS, pid, 0, options);
    trace(PTRACE_CONT, pid, 0, 0);
  }
  first_pid = pid;
  int counts[256] = {0}, signals[65] = {0}, exits[256] = {0}, killed = 0;
  for (;;) {
    int status;
    pid_t got = waitpid(-1, &status, __WALL);
    if (got < 0) break;
    if (WIFEXITED(status)) {
      exits[WEXITSTATUS(status)]++;
      continue;
    }
    if (WIFSIGNALED(status)) {
      killed++;
      continue;
    }
    int signal = WSTOPSIG(status), event = status >> 16;
    if (event) {
      counts[event]++;
      unsigned long message = 0;
      trace(PTRACE_GETEVENTMSG, got, 0, (unsigned long)&message);
      if (event == PTRACE_EVENT_EXEC && (pid_t)message != got) printf("  exec says another former id\n");
      if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        trace(PTRACE_LISTEN, got, 0, 0);
        continue;
      }
      if (PC(registers(got)) == 0) printf("  no pc\n");
      signal = 0;
    } else {
      signals[signal]++;
      siginfo_t info;
      if (trace(PTRACE_GETSIGINFO, got, 0, (unsigned long)&info)) signal = 0;
      if (signal == SIGSTOP) signal = 0;
    }
    trace(PTRACE_CONT, got, 0, (unsigned long)signal);
  }
  // How often a seized one tells of group stops depends on who is faster.
  if (seized) counts[PTRACE_EVENT_STOP] = counts[PTRACE_EVENT_STOP] >= 3 ? 3 : counts[PTRACE_EVENT_STOP];
  if (seized) signals[SIGCONT] = 0;
  for (int i = 0; i < 256; i++)
    if (counts[i]) printf("  event %d: %d\n", i, counts[i]);
  for (int i = 0; i < 65; i++)
    if (signals[i]) printf("  signal %d: %d\n", i, signals[i]);
  for (int i = 0; i < 256; i++)
    if (exits[i]) printf("  exit %d: %d\n", i, exits[i]);
  printf("  killed: %d\n", killed);
}

// --- attaching, to one that runs and to one that sleeps
static void sleeps(void) {
  struct timespec t = {0, 300000000};
  int interrupted = nanosleep(&t, NULL);
  _exit(interrupted ? 1 : 7);
}
static void test_attach(int runs, int seizes) {
  printf("%s one that %s\n", seizes ? "seize" : "attach to", runs ? "runs" : "sleeps");
  fflush(stdout);
  second_pid = 0;
  pid_t pid = fork();
  if (pid == 0) {
    if (runs) loops();
    sleeps();
  }
  first_pid = pid;
  usleep(50000);
  printf("  %ld\n", trace(seizes ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0, seizes ? PTRACE_O_TRACESYSGOOD : 0));
  if (seizes) printf("  %ld\n", trace(PTRACE_INTERRUPT, pid, 0, 0));
  wait_and_show(pid, NULL);
  printf("  registers: %d\n", PC(registers(pid)) != 0);
  if (runs) {
    printf("  detach %ld\n", trace(PTRACE_DETACH, pid, 0, 0));
    usleep(10000);
    printf("  attach again %ld\n", trace(PTRACE_ATTACH, pid, 0, 0));
    wait_and_show(pid, NULL);
    printf("  kill %ld\n", trace(PTRACE_CONT, pid, 0, SIGKILL));
    wait_and_show(pid, NULL);
  } else if (seizes) {
    // The sleep goes on, by a call of its own.
    for (int i = 0; i < 9; i++) {
      trace(PTRACE_SYSCALL, pid, 0, 0);
      if (WIFEXITED(wait_and_show(pid, NULL))) break;
    }
  } else {
    printf("  detach %ld\n", trace(PTRACE_DETACH, pid, 0, 0));
    wait_and_show(pid, NULL);
  }
  errno = 0;
  trace(PTRACE_CONT, pid, 0, 0);
  printf("  gone: %s\n", strerror(errno));
}

// --- group stops
static void test_group_stop(void) {
  printf("group stop\n");
  pid_t pid = start(sleeps);
  wait_and_show(pid, NULL);
  trace(PTRACE_CONT, pid, 0, SIGSTOP);
  wait_and_show(pid, NULL);
  trace(PTRACE_CONT, pid, 0, 0);
  usleep(20000);
  kill(pid, SIGTSTP);
  wait_and_show(pid, NULL);
  trace(PTRACE_CONT, pid, 0, 0);
  wait_and_show(pid, NULL);
}

// --- a call that the tracer changes, or keeps from being made
static void changed(void) {
  long a = syscall(SYS_getppid);
  long b = syscall(SYS_getppid);
  _exit(a == getpid() && b == 123 ? 0 : 1);
}
static void set_number(pid_t pid, long number) {
#if defined(__aarch64__)
  int nr = (int)number;
  struct iovec io = {&nr, sizeof nr};
  trace(PTRACE_SETREGSET, pid, 0x404, (unsigned long)&io);
#elif defined(__riscv)
  Regs r = registers(pid);
  if ((long)r.a0 != -ENOSYS) printf("  a0 is %ld where a call is entered\n", (long)r.a0);
  r.a7 = (unsigned long)number;
  set_registers(pid, r);
#else
  Regs r = registers(pid);
  r.orig_rax = (unsigned long)number;
  set_registers(pid, r);
#endif
}
static void test_change(void) {
  printf("changed calls\n");
  pid_t pid = start(changed);
  wait_and_show(pid, NULL);
  trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  int number = 0;
  for (int i = 0; i < 20; i++) {
    trace(PTRACE_SYSCALL, pid, 0, 0);
    int status;
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
      show(pid, status);
      break;
    }
    struct __ptrace_syscall_info call = {0};
    trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
    static int skipped;
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == SYS_getppid) {
      number++;
      if (number == 1) set_number(pid, SYS_getpid);
      if (number == 2) set_number(pid, -1), skipped = 1;
    } else if (call.op == PTRACE_SYSCALL_INFO_EXIT && skipped) {
      Regs r = registers(pid);
      RESULT(r) = 123;
      set_registers(pid, r);
      skipped = 0;
    }
  }
}

// --- the same by what describes the call
#ifndef PTRACE_SET_SYSCALL_INFO
#define PTRACE_SET_SYSCALL_INFO 0x4212
#endif
static void described(void) {
  char text[4] = "abc";
  int ends[2];
  if (pipe(ends)) _exit(1);
  long a = syscall(SYS_getppid, ends[1], text, 3);  // made a write
  long b = syscall(SYS_getppid);                    // not made
  long c = syscall(SYS_getppid, 1);                 // fails
  text[0] = 0;
  _exit(a == 3 && read(ends[0], text, 3) == 3 && text[0] == 'a' && b == 123 && c == -1 && errno == EBADF ? 0 : 1);
}
static void test_description(void) {
  printf("calls described\n");
  pid_t pid = start(described);
  wait_and_show(pid, NULL);
  trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  struct __ptrace_syscall_info call = {0};
  trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
  errno = 0;
  trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
  printf("  outside of a call: %s\n", strerror(errno));
  int number = 0, exit_of = 0;
  for (int i = 0; i < 40; i++) {
    trace(PTRACE_SYSCALL, pid, 0, 0);
    int status;
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
      show(pid, status);
      break;
    }
    trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
    long result = 0;
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == SYS_getppid) {
      exit_of = ++number;
      if (number == 1) {
        struct __ptrace_syscall_info bad = call;
        bad.op = PTRACE_SYSCALL_INFO_EXIT;
        errno = 0;
        trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof bad, (unsigned long)&bad);
        printf("  another stop: %s", strerror(errno));
        bad = call;
        bad.entry.nr = 1ul << 32;
        trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof bad, (unsigned long)&bad);
        printf(", number: %s", strerror(errno));
        trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof call - 8, (unsigned long)&call);
        printf(", size: %s\n", strerror(errno));
        call.entry.nr = SYS_write;
      } else {
        call.entry.nr = number == 2 ? (unsigned long)-1 : SYS_close;
        if (number == 3) call.entry.args[0] = 1000;
      }
      result = trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
      struct __ptrace_syscall_info now = {0};
      trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof now, (unsigned long)&now);
      printf("  set %ld, %s\n", result, memcmp(&now, &call, 80) ? "OTHERS" : "the same");
    } else if (call.op == PTRACE_SYSCALL_INFO_EXIT && exit_of == 2) {
      call.exit.rval = 123;
      call.exit.is_error = 0;
      printf("  result %ld\n", trace(PTRACE_SET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call));
      exit_of = 0;
    }
  }
}

// --- a signal in a call that waits, traced
static int pipe_ends[2];
static void reads(void) {
  struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &a, NULL);
  a.sa_flags = 0;
  sigaction(SIGUSR2, &a, NULL);
  char c;
  long n = syscall(SYS_read, pipe_ends[0], &c, 1);
  long m = syscall(SYS_read, pipe_ends[0], &c, 1);
  _exit(n == 1 && m == -1 && handled == SIGUSR1 + SIGUSR2 ? 0 : 1);
}
static void test_interrupted(void) {
  printf("interrupted calls\n");
  if (pipe(pipe_ends)) return;
  pid_t pid = start(reads);
  wait_and_show(pid, NULL);
  trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  int signal = 0, reading = 0, seen = 0;
  for (int i = 0; i < 40; i++) {
    trace(PTRACE_SYSCALL, pid, 0, (unsigned long)signal);
    signal = 0;
    int status;
    if (reading == 1 && seen == 0) {
      usleep(20000);
      kill(pid, SIGWINCH);
      seen++;
    } else if (reading == 2 && seen == 1) {
      usleep(20000);
      kill(pid, SIGUSR1);
      seen++;
    } else if (reading == 3 && seen == 2) {
      usleep(20000);
      if (write(pipe_ends[1], "x", 1) != 1) return;
      seen++;
    } else if (reading == 4 && seen == 3) {
      usleep(20000);
      kill(pid, SIGUSR2);
      seen++;
    }
    waitpid(pid, &status, 0);
    struct __ptrace_syscall_info call = {0};
    if (WIFSTOPPED(status)) {
      trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, (unsigned long)&call);
      if (call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == SYS_read) reading++;
      if (!(WSTOPSIG(status) & 0x80)) signal = WSTOPSIG(status);
    }
    if (reading || !WIFSTOPPED(status)) show(pid, status);
    if (!WIFSTOPPED(status)) break;
  }
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "exec")) return 6;
  test_calls();
  test_signals();
  test_breakpoint(0);
  test_breakpoint(1);
  test_events(0);
  test_events(1);
  test_attach(1, 0);
  test_attach(1, 1);
  test_attach(0, 0);
  test_attach(0, 1);
  test_group_stop();
  test_change();
  test_description();
  test_interrupted();
  return 0;
}
