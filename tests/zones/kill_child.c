// kill_child N PROGRAM [ARGS]: runs it, and kills the first process that it makes by clone (of those that it does not
// wait for as threads) at that one's N-th system call. Status: the program's; 99 when the process made fewer calls.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  long left = atol(argv[1]);
  const pid_t program = fork();
  if (program == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0, killed = 0;
  waitpid(program, &status, 0);
  ptrace(PTRACE_SETOPTIONS, program, 0,
         PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);
  ptrace(PTRACE_CONT, program, 0, 0);
  pid_t first = 0;
  for (;;) {
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) break;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid != program) continue;
      if (!killed) return 99;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const int event = status >> 16, signal = WSTOPSIG(status);
    if (pid == program) {
      if (!first && (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK)) {
        unsigned long made = 0;
        ptrace(PTRACE_GETEVENTMSG, pid, 0, &made);
        first = (pid_t)made;
      }
      const int pass = event || signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
      ptrace(PTRACE_CONT, pid, 0, pass);
      continue;
    }
    // Its second stop of each call, and those of later processes, are not counted.
    if (signal == (SIGTRAP | 0x80) && pid == first) {
      if (left-- <= 0) {
        kill(pid, SIGKILL);
        killed = 1;
        continue;
      }
    }
    const int pass = event || signal == SIGTRAP || signal == SIGSTOP || signal == (SIGTRAP | 0x80) ? 0 : signal;
    ptrace(pid == first || !first ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, pass);
  }
  return 2;
}
