// libfuse's character devices in user space, left out: with them comes libfuse's upper half, which loads
// modules, and a static program cannot. A session of files never asks for this.
#define FUSE_USE_VERSION 35
#include <fuse3/cuse_lowlevel.h>

#include <cerrno>

extern "C" void cuse_lowlevel_init(fuse_req_t request, fuse_ino_t, const void*) {
  ::fuse_reply_err(request, ENOSYS);
}
