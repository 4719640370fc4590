// System V shared memory: attachments beside each other are detached one by one, also where parts are protected.
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

int main(void) {
  enum { kCount = 4, kSize = 65536 };
  int ids[kCount];
  char* at[kCount];
  char* place = mmap(NULL, kCount * kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < kCount; i++) {
    ids[i] = shmget(IPC_PRIVATE, kSize, 0600 | IPC_CREAT);
    at[i] = shmat(ids[i], place + i * kSize, SHM_REMAP);
    if (at[i] == (void*)-1) perror("shmat");
    memset(at[i], 'a' + i, kSize);
  }
  printf("middle: %d\n", shmdt(at[1] + 4096));
  printf("second: %d\n", shmdt(at[1]));
  printf("again: %d\n", shmdt(at[1]));
  mprotect(at[2] + 4096, 4096, PROT_READ);
  printf("in parts: %d\n", shmdt(at[2]));
  printf("left: %c %c\n", at[0][kSize - 1], at[3][0]);
  char* other = shmat(ids[0], NULL, 0);
  printf("the same twice: %c\n", other[5]);
  printf("detach: %d %d %d\n", shmdt(at[0]), shmdt(other), shmdt(at[3]));
  for (int i = 0; i < kCount; i++) shmctl(ids[i], IPC_RMID, NULL);
  return 0;
}
