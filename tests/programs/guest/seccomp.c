// Seccomp as a program sees it: strict mode, filters, their actions, and that they are inherited.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#define PC(context) (context)->uc_mcontext.pc
#define FIRST(context) (context)->uc_mcontext.regs[0]
#elif defined(__riscv)
#define OWN_ARCH AUDIT_ARCH_RISCV64
#define PC(context) (context)->uc_mcontext.__gregs[REG_PC]
#define FIRST(context) (context)->uc_mcontext.__gregs[REG_A0]
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define WHEN(value, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static long install(struct sock_filter* code, int count) {
  struct sock_fprog program = {count, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
#define INSTALL(...) install((struct sock_filter[]){__VA_ARGS__}, sizeof((struct sock_filter[]){__VA_ARGS__}) / sizeof(struct sock_filter))

static void say(const char* what, long result) {
  printf("%s: %ld%s%s\n", what, result < 0 ? -1 : result, result < 0 ? " " : "", result < 0 ? strerror(errno) : "");
  fflush(stdout);
}
// What a child that runs `body` ends with.
static void in_child(const char* what, void (*body)(void)) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    body();
    fflush(stdout);
    syscall(SYS_exit_group, 0);
  }
  int status;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) {
    printf("%s: killed by %s\n", what, strsignal(WTERMSIG(status)));
  } else {
    printf("%s: exited with %d\n", what, WEXITSTATUS(status));
  }
}

static void handler(int signal, siginfo_t* info, void* context) {
  ucontext_t* uc = context;
  printf("SIGSYS: code %d, errno %d, syscall %d, arch %s, at pc: %d, first %lld\n", info->si_code, info->si_errno, info->si_syscall,
         info->si_arch == OWN_ARCH ? "its own" : "ANOTHER", (unsigned long)info->si_call_addr == PC(uc),
         (long long)FIRST(uc));
  FIRST(uc) = 77;
  (void)signal;
}

static void strict(void) {
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  write(1, "strict: write goes on\n", 22);
  syscall(SYS_getpid);
  write(1, "strict: NOT KILLED\n", 19);
}
static void kill_process(void) {
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_KILL_PROCESS), ALLOW);
  syscall(SYS_getppid);
}
static void* call_getppid(void* unused) {
  (void)unused;
  syscall(SYS_getppid);
  printf("thread: NOT KILLED\n");
  return NULL;
}
static void kill_thread(void) {
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_KILL_THREAD), ALLOW);
  pthread_t thread;
  pthread_create(&thread, NULL, call_getppid, NULL);
  pthread_join(thread, NULL);
  printf("the other thread was killed\n");
}
static void wrong_architecture(void) {
  INSTALL(LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
          ALLOW);
  printf("the architecture is its own\n");
}
static void trap(void) {
  struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &a, NULL);
  INSTALL(LOAD(nr), WHEN(SYS_setpriority, SECCOMP_RET_TRAP | 5), ALLOW);
  say("trapped call", syscall(SYS_setpriority, 9, 8, 7));
}
static void arguments(void) {
  INSTALL(LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup, 0, 3), LOAD(args[0]), WHEN(1000, SECCOMP_RET_ERRNO | EXDEV), ALLOW);
  say("dup of 1000", syscall(SYS_dup, 1000));
  say("dup of 1001", syscall(SYS_dup, 1001));
}
static void precedence(void) {
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_ERRNO | 3), ALLOW);
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_ALLOW), ALLOW);
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_TRACE), ALLOW);
  say("three filters", syscall(SYS_getppid));
  say("mode", prctl(PR_GET_SECCOMP));
}
// Another thread gets the filter, too, unless it has one of its own.
static pthread_barrier_t barrier;
static int own_filter;
static void* other_thread(void* unused) {
  if (own_filter) INSTALL(LOAD(nr), ALLOW);
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  errno = 0;
  say("the other thread's call", syscall(SYS_getppid) < 0 ? -1 : 1);
  return unused;
}
static void synchronized(void) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, other_thread, NULL);
  pthread_barrier_wait(&barrier);
  struct sock_filter code[] = {LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY), ALLOW};
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  say("synchronized", result > 0 ? 1 : result);
  if (own_filter) say("or so", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, &program));
  pthread_barrier_wait(&barrier);
  pthread_join(thread, NULL);
}
static void not_synchronized(void) {
  own_filter = 1;
  synchronized();
}
// A tracer is asked.
static void traced(void) {
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_TRACE | 5), ALLOW);
  say("a call that the tracer lets be made", syscall(SYS_getppid) == getppid());
}
static void tracer(void) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    traced();
    exit(3);
  }
  int status;
  waitpid(pid, &status, 0);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP);
  for (;;) {
    ptrace(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) break;
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, pid, 0, &message);
    printf("the tracer sees event %d, %lu\n", status >> 16, message);
    fflush(stdout);
  }
  printf("its tracee exits with %d\n", WEXITSTATUS(status));
}
// Another thread is asked: what the call was, and what becomes of it.
static int listener;
static void* listens(void* unused) {
  pthread_barrier_wait(&barrier);
  struct seccomp_notif_resp responses[] = {{.val = 123}, {.error = -EXDEV}, {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE}};
  for (int i = 0; i < 3; i++) {
    struct seccomp_notif seen = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &seen) != 0) perror("receive");
    printf("the listener is asked for %s(%llx, %llx), by %s\n", seen.data.nr == SYS_getpriority ? "getpriority" : "another",
           (unsigned long long)seen.data.args[0], (unsigned long long)seen.data.args[1],
           seen.data.arch == OWN_ARCH ? "its own" : "ANOTHER");
    responses[i].id = seen.id;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &responses[i]) != 0) perror("send");
  }
  return unused;
}
static void listened(void) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, listens, NULL);
  struct sock_filter code[] = {LOAD(nr), WHEN(SYS_getpriority, SECCOMP_RET_USER_NOTIF), ALLOW};
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  say("listener", listener >= 0);
  say("a second one", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  pthread_barrier_wait(&barrier);
  say("answered", syscall(SYS_getpriority, 0x1111, 0x2222));
  say("refused", syscall(SYS_getpriority, 0x3333, 0x4444));
  say("made", syscall(SYS_getpriority, PRIO_PROCESS, 0) > 0);
  fflush(stdout);
  pthread_join(thread, NULL);
}
static const char* self;
static void executed(void) {
  INSTALL(LOAD(nr), WHEN(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY), ALLOW);
  execl(self, self, "again", NULL);
}

int main(int argc, char** argv) {
  self = argv[0];
  if (argc > 1) {
    say("after exec", syscall(SYS_getppid));
    say("mode", prctl(PR_GET_SECCOMP));
    return 0;
  }
  say("no program", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
  say("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  say("load beyond the data", INSTALL(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ALLOW));
  say("load of a byte", INSTALL(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW));
  say("no return", INSTALL(LOAD(nr)));
  say("jump beyond the end", INSTALL(BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0), ALLOW));
  say("division by zero", INSTALL(LOAD(nr), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW));
  unsigned action = SECCOMP_RET_TRAP;
  say("action known", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  action = 0x12340000;
  say("action unknown", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  say("mode", prctl(PR_GET_SECCOMP));
  in_child("strict", strict);
  in_child("kill process", kill_process);
  in_child("kill thread", kill_thread);
  in_child("architecture", wrong_architecture);
  in_child("trap", trap);
  in_child("arguments", arguments);
  in_child("precedence", precedence);
  in_child("exec", executed);
  in_child("synchronization", synchronized);
  in_child("no synchronization", not_synchronized);
  in_child("tracer", tracer);
  in_child("listener", listened);
  return 0;
}
