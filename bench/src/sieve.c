// Integer work on memory: primes, a linked list, a hash of it all.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
  struct node* next;
  uint32_t value;
};

static uint32_t mix(uint32_t h, uint32_t v) {
  h ^= v;
  h *= 0x01000193;
  return (h << 13) | (h >> 19);
}

int main(void) {
  enum { N = 4000000 };
  char* composite = calloc(N, 1);
  struct node* head = NULL;
  for (int i = 2; i < N; i++) {
    if (composite[i]) continue;
    struct node* n = malloc(sizeof *n);
    n->value = (uint32_t)i;
    n->next = head;
    head = n;
    for (long j = (long)i * i; j < N; j += i) composite[j] = 1;
  }
  uint32_t h = 0x811c9dc5, count = 0;
  for (int round = 0; round < 20; round++)
    for (const struct node* n = head; n; n = n->next, count++) h = mix(h, n->value % (uint32_t)(round + 3));
  printf("%u %08x\n", count, h);
  return 0;
}
