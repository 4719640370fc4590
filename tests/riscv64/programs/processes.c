// fork, exec of itself, pipes, wait, signals between processes, timers.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t alarms, children;
static sigjmp_buf again;

static void count(int signal) {
  if (signal == SIGALRM) alarms++;
  if (signal == SIGCHLD) children++;
}
static void leave(int signal, siginfo_t* info, void* context) {
  (void)context;
  siglongjmp(again, signal == SIGSEGV && info->si_addr == (void*)16 ? 2 : 1);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "child") == 0) {
    printf("the child has %s\n", argv[2]);
    return 9;
  }
  struct sigaction action = {.sa_handler = count};
  sigaction(SIGALRM, &action, NULL);
  sigaction(SIGCHLD, &action, NULL);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    execl("/proc/self/exe", argv[0], "child", "an argument", NULL);
    _exit(1);
  }
  close(ends[1]);
  char text[100] = "";
  for (ssize_t n, at = 0; (n = read(ends[0], text + at, sizeof text - 1 - at)) > 0;) at += n;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
  }
  printf("%s%d %d\n", text, WEXITSTATUS(status), (int)children);
  const struct itimerval soon = {.it_interval = {0, 2000}, .it_value = {0, 2000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  volatile double spin = 1;
  while (alarms < 20) spin = spin * 1.0000001 + 0.1;
  const struct itimerval never = {0};
  setitimer(ITIMER_REAL, &never, NULL);
  printf("%d %d\n", alarms >= 20, spin > 1);

  struct sigaction catching = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &catching, NULL);
  for (int i = 0; i < 3; i++) {
    const int from = sigsetjmp(again, 1);
    if (from == 0) *(volatile int*)16 = i;
    printf("%d\n", from);
  }
  // A handler on a stack of its own.
  const stack_t stack = {.ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
  sigaltstack(&stack, NULL);
  catching.sa_flags |= SA_ONSTACK;
  sigaction(SIGUSR1, &catching, NULL);
  if (sigsetjmp(again, 1) == 0) raise(SIGUSR1);
  int* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (fork() == 0) {
    *shared = 77;
    raise(SIGKILL);
  }
  while (wait(&status) < 0) {
  }
  printf("%d %d\n", *shared, WTERMSIG(status));
  fflush(stdout);
  abort();
}
