// Executes a program, which is this one: with the set-id bits that its file has.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 2 && !strcmp(argv[2], "no-new-privileges")) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (argc > 1 && strcmp(argv[1], "show")) {
    execl(argv[1], argv[1], "show", (char*)NULL);
    perror("execl");
    return 1;
  }
  uid_t real, effective, saved;
  gid_t real_group, effective_group, saved_group;
  getresuid(&real, &effective, &saved);
  getresgid(&real_group, &effective_group, &saved_group);
  printf("users %u %u %u, groups %u %u %u, secure %lu\n", real, effective, saved, real_group, effective_group, saved_group,
         getauxval(AT_SECURE));
  return 0;
}
