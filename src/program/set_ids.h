// The set-user-ID and set-group-ID bits of a program that a guest executes. The host's kernel executes veneer,
// whose bits are none, so the effective ids are changed before: where this process may do that. Otherwise the
// bits count as on a file system mounted nosuid.
#pragma once

#include <sys/types.h>

namespace veneer {

class SetIds {
 public:
  // Changes the calling thread's effective ids to what executing the file of this descriptor makes them.
  explicit SetIds(int fd);
  SetIds(const SetIds&) = delete;
  SetIds& operator=(const SetIds&) = delete;
  // The program was not executed: as before.
  ~SetIds();
  // The file has such bits, and this process may not follow them.
  bool refused() const { return refused_; }

 private:
  uid_t user_;
  gid_t group_;
  bool changed_ = false, refused_ = false;
};

}  // namespace veneer
