// Dies by the signal that its argument says, with two more threads and something in memory; 3: in a child.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int value = 0x1234;
char* text;

static void* waits(void* argument) {
  pause();
  return argument;
}

static void* spins(void* argument) {
  for (volatile int i = 0;; i++) {
  }
  return argument;
}

__attribute__((noinline)) void inner(int how) {
  text = strdup("heap text");
  if (how == 0) *(volatile int*)16 = 1;
  if (how == 1) abort();
  kill(getpid(), SIGXCPU);
  for (;;) pause();
}

static volatile int code;
static void note(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  code = info->si_code;
}
// What who waits for it sees.
static int in_child(void) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &action, NULL);
  const pid_t pid = fork();
  if (pid == 0) inner(0);
  int status;
  waitpid(pid, &status, 0);
  printf("signal %d, %s, %s\n", WTERMSIG(status), WCOREDUMP(status) ? "dumped" : "not dumped",
         code == CLD_DUMPED ? "CLD_DUMPED" : "CLD_KILLED");
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 1 && atoi(argv[1]) == 3) return in_child();
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, waits, NULL);
  pthread_create(&threads[1], NULL, spins, NULL);
  usleep(20000);
  inner(argc > 1 ? atoi(argv[1]) : 0);
}
