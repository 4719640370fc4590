// Signals as a kernel delivers them: siginfo, frames that handlers may read and change, masks, restarts.
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
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile siginfo_t last;
static volatile int count;
static void note(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  last = *info;
  count++;
}
static void install(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigemptyset(&a.sa_mask);
  sigaction(signal, &a, NULL);
}

static void where_from(void) {
  install(SIGUSR1, note, 0);
  install(SIGRTMIN, note, 0);
  install(SIGCHLD, note, 0);
  kill(getpid(), SIGUSR1);
  printf("kill: %s, from %s\n", last.si_code == SI_USER ? "SI_USER" : "?", last.si_pid == getpid() ? "itself" : "?");
  raise(SIGUSR1);
  printf("raise: %s\n", last.si_code == SI_TKILL ? "SI_TKILL" : "?");
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_ptr = (void*)0x123456789abcdef0});
  printf("sigqueue: %s, %#llx\n", last.si_code == SI_QUEUE ? "SI_QUEUE" : "?",
         (unsigned long long)last.si_value.sival_ptr);
  pid_t pid = fork();
  if (pid == 0) _exit(7);
  sigset_t none;
  sigemptyset(&none);
  while (last.si_signo != SIGCHLD) usleep(1000);
  printf("child: %s, status %d, pid %s\n", last.si_code == CLD_EXITED ? "CLD_EXITED" : "?", last.si_status,
         last.si_pid == pid ? "right" : "wrong");
  waitpid(pid, NULL, 0);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 99};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_settime(timer, 0, &(struct itimerspec){.it_value.tv_nsec = 1000000}, NULL);
  last.si_code = 0;
  while (last.si_code != SI_TIMER) usleep(1000);
  printf("timer: SI_TIMER, %d\n", last.si_value.sival_int);
  timer_delete(timer);
}

// Signals of one kind are one; those of the real-time kind queue, and come in order.
static volatile int order[8], ordered;
static void note_order(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  if (ordered < 8) order[ordered++] = info->si_value.sival_int;
}
static void masks(void) {
  install(SIGUSR1, note, 0);
  install(SIGRTMIN + 1, note_order, 0);
  sigset_t set, old, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, &old);
  count = 0;
  for (int i = 0; i < 3; i++) kill(getpid(), SIGUSR1);
  for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i + 1});
  sigpending(&pending);
  printf("blocked: %d seen, pending %d %d\n", count, sigismember(&pending, SIGUSR1), sigismember(&pending, SIGRTMIN + 1));
  sigprocmask(SIG_SETMASK, &old, NULL);
  printf("unblocked: %d seen, order %d %d %d\n", count, order[0], order[1], order[2]);
  sigprocmask(SIG_BLOCK, &set, &old);
  kill(getpid(), SIGUSR1);
  siginfo_t info;
  int signal = sigwaitinfo(&set, &info);
  printf("sigwaitinfo: %s\n", signal == SIGUSR1 ? "SIGUSR1" : "?");
  struct timespec soon = {.tv_nsec = 1000000};
  printf("sigtimedwait: %d %s\n", sigtimedwait(&set, &info, &soon), strerror(errno));
  int fd = signalfd(-1, &set, 0);
  kill(getpid(), SIGUSR1);
  struct signalfd_siginfo from;
  printf("signalfd: %s, signal %d\n", read(fd, &from, sizeof from) == sizeof from ? "one" : "?", from.ssi_signo);
  close(fd);
  kill(getpid(), SIGUSR1);
  count = 0;
  sigset_t empty;
  sigemptyset(&empty);
  int result = sigsuspend(&empty);
  printf("sigsuspend: %d %s, %d seen\n", result, strerror(errno), count);
  sigprocmask(SIG_SETMASK, &old, NULL);
}

static volatile int depth, deepest, raised;
static void nest(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  depth++;
  if (depth > deepest) deepest = depth;
  if (raised++ < 2) raise(signal);
  depth--;
}
static void nesting(void) {
  install(SIGUSR2, nest, SA_NODEFER);
  raise(SIGUSR2);
  printf("SA_NODEFER: %d deep\n", deepest);
  deepest = raised = 0;
  install(SIGUSR2, nest, 0);
  raise(SIGUSR2);
  printf("without: %d deep\n", deepest);
  install(SIGUSR2, note, SA_RESETHAND);
  raise(SIGUSR2);
  struct sigaction now;
  sigaction(SIGUSR2, NULL, &now);
  printf("SA_RESETHAND: %s\n", now.sa_handler == SIG_DFL ? "default again" : "still there");
}

static void restarts(void) {
  signal(SIGCHLD, SIG_DFL);
  for (int restart = 0; restart < 2; restart++) {
    int fds[2];
    if (pipe(fds) != 0) return;
    install(SIGALRM, note, restart ? SA_RESTART : 0);
    count = 0;
    pid_t pid = fork();
    if (pid == 0) {
      usleep(60000);
      _exit(write(fds[1], "x", 1) != 1);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 10000}, NULL);
    char c;
    ssize_t n = read(fds[0], &c, 1);
    printf("read, %s SA_RESTART: %zd%s%s, %d signals\n", restart ? "with" : "without", n, n < 0 ? " " : "",
           n < 0 ? strerror(errno) : "", count);
    while (waitpid(pid, NULL, 0) < 0) continue;
    close(fds[0]);
    close(fds[1]);
  }
  install(SIGALRM, note, SA_RESTART);
  setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 10000}, NULL);
  struct timespec left = {0}, wanted = {.tv_sec = 5};
  int r = nanosleep(&wanted, &left);
  printf("nanosleep: %d %s, %s left\n", r, strerror(errno), left.tv_sec == 4 ? "nearly all" : "?");
}

// The frame: what is in it, and that it is what the program goes on with.
#define MAGIC 0x46508001u
static volatile int frame_good;
static const char* changed(int as_told) { return as_told ? "as it should be" : "WRONG"; }
#if defined(__aarch64__)
static void change_frame(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  ucontext_t* u = context;
  mcontext_t* m = &u->uc_mcontext;
  struct {
    uint32_t magic, size, fpsr, fpcr;
    __uint128_t v[32];
  }* fp = (void*)m->__reserved;
  uint64_t sp;
  asm("mov %0, sp" : "=r"(sp));
  frame_good = fp->magic == MAGIC && fp->size == sizeof *fp && (uint64_t)fp->v[9] == 0x1111 && m->regs[20] == 0x2222 &&
               sp % 16 == 0 && m->pstate >> 28 == 6;
  fp->v[9] = ((__uint128_t)0x5555 << 64) | 0x3333;
  m->regs[20] = 0x4444;
  m->pstate = (m->pstate & ~(15ull << 28)) | 9ull << 28;
  m->pc += 4;
}
static void frames(void) {
  install(SIGTRAP, change_frame, 0);
  uint64_t x, low, high, nzcv;
  asm volatile(
      "mov x20, #0x2222\n mov x21, #0x1111\n fmov d9, x21\n mov x21, #0x60000000\n msr nzcv, x21\n"
      "brk #1\n"
      "mov %0, x20\n fmov %1, d9\n fmov %2, v9.d[1]\n mrs %3, nzcv\n"
      : "=r"(x), "=r"(low), "=r"(high), "=r"(nzcv)
      :
      : "x20", "x21", "v9", "cc");
  printf("frame: %s; what the handler changed: %s\n", changed(frame_good),
         changed(x == 0x4444 && low == 0x3333 && high == 0x5555 && nzcv >> 28 == 9));
}
#elif defined(__riscv)
static void change_frame(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  ucontext_t* u = context;
  mcontext_t* m = &u->uc_mcontext;
  uint64_t sp;
  asm("mv %0, sp" : "=r"(sp));
  frame_good = m->__fpregs.__d.__f[9] == 0x1111 && m->__gregs[20] == 0x2222 && sp % 16 == 0 && m->__fpregs.__d.__fcsr == 0x45;
  m->__fpregs.__d.__f[9] = 0x3333;
  m->__fpregs.__d.__fcsr = 0x2a;
  m->__gregs[20] = 0x4444;
  m->__gregs[REG_PC] += 4;
}
static void frames(void) {
  install(SIGTRAP, change_frame, 0);
  uint64_t x, f, fcsr;
  asm volatile(
      "li s4, 0x2222\n li s5, 0x1111\n fmv.d.x fs1, s5\n li s5, 0x45\n csrw fcsr, s5\n"
      ".option push\n .option norvc\n ebreak\n .option pop\n"
      "mv %0, s4\n fmv.x.d %1, fs1\n csrrw %2, fcsr, zero\n"
      : "=r"(x), "=r"(f), "=r"(fcsr)
      :
      : "s4", "s5", "fs1");
  printf("frame: %s; what the handler changed: %s\n", changed(frame_good), changed(x == 0x4444 && f == 0x3333 && fcsr == 0x2a));
}
#endif

// A timer that interrupts code that keeps much in registers: nothing of it changes.
__attribute__((noipa)) static double work(int rounds) {
  double a = 1, b = 2, c = 3;
  uint64_t x = 88172645463325252ull, sum = 0;
  for (int i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sum += x % 1000;
    a = a * 0.999 + (double)(x & 255);
    b = b * 0.5 + a;
    c += b > a ? 1 : -1;
  }
  return a + b + c + (double)sum;
}
static void interruptions(void) {
  install(SIGALRM, note, SA_RESTART);
  double calm = work(3000000);
  count = 0;
  setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 100, .it_interval.tv_usec = 100}, NULL);
  double busy = 0;
  for (int i = 0; i < 5; i++) busy = work(3000000);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  printf("interrupted %s: %s\n", count > 10 ? "often" : "seldom", calm == busy ? "the same result" : "ANOTHER result");
}

static void* to_thread(void* unused) {
  (void)unused;
  while (last.si_signo != SIGUSR2) usleep(1000);
  return (void*)(intptr_t)syscall(SYS_gettid);
}
static volatile int handled_by;
static void note_thread(int signal, siginfo_t* info, void* context) {
  (void)context;
  handled_by = (int)syscall(SYS_gettid);
  note(signal, info, context);
}
static void threads(void) {
  install(SIGUSR2, note_thread, 0);
  pthread_t thread;
  last.si_signo = 0;
  pthread_create(&thread, NULL, to_thread, NULL);
  pthread_kill(thread, SIGUSR2);
  void* tid;
  pthread_join(thread, &tid);
  printf("pthread_kill: handled by %s\n", handled_by == (int)(intptr_t)tid ? "the thread" : "another");
}

static sigjmp_buf away;
static void jump_away(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  siglongjmp(away, 1);
}
static void deaths(void) {
  install(SIGSEGV, jump_away, 0);
  volatile int jumps = 0;
  if (sigsetjmp(away, 1) == 0) *(volatile int*)8 = 1;
  jumps++;
  if (jumps < 1000) {
    if (sigsetjmp(away, 1) <= 1 && jumps++ < 1000) *(volatile int*)8 = 1;
  }
  printf("jumped away %s\n", jumps >= 1000 ? "a thousand times" : "?");
  fflush(stdout);
  int how[] = {SIGSEGV, SIGABRT, SIGKILL, SIGTERM, SIGPIPE};
  for (unsigned i = 0; i < 5; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      signal(how[i], SIG_DFL);
      sigset_t set;
      sigfillset(&set);
      if (how[i] == SIGSEGV) {
        sigprocmask(SIG_BLOCK, &set, NULL);
        *(volatile int*)16 = 1;
      }
      if (how[i] == SIGPIPE) {
        int fds[2];
        if (pipe(fds) == 0) close(fds[0]);
        _exit(write(fds[1], "x", 1) == 1);
      }
      kill(getpid(), how[i]);
      _exit(1);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0) continue;
    printf("%s: %s\n", strsignal(how[i]), WIFSIGNALED(status) && WTERMSIG(status) == how[i] ? "died of it" : "?");
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  where_from();
  masks();
  nesting();
  restarts();
  frames();
  interruptions();
  threads();
  deaths();
  return 0;
}
