// libfuse's character devices in user space, left out: with them comes libfuse's upper half, which loads
// modules, and a static program cannot. A session of files never asks for this. It refers to nothing of
// libfuse, so that a program without such a session has none of it.
#define FUSE_USE_VERSION 35
#include <fuse3/cuse_lowlevel.h>

#include <cstdlib>

extern "C" void cuse_lowlevel_init(fuse_req_t, fuse_ino_t, const void*) {
  std::abort();
}
