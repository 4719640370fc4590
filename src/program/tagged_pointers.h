// Pointers with tags as arguments of system calls (Documentation/arch/arm64/tagged-address-abi.rst, and
// riscv/uabi.rst with pointer masking), which the host's kernel does not know.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <deque>
#include <vector>

#include "program/syscalls/table.h"

namespace veneer {

// The address, of whose upper bits so many are a tag.
constexpr GuestAddr without_tag(GuestAddr at, unsigned tag_bits) {
  return static_cast<GuestAddr>(static_cast<s64>(at << tag_bits) >> tag_bits);
}

// While it lives, the arguments of a call have no tags, nor has what the host's kernel reads by them: copies of
// the guest's iovec and msghdr structures take the place of those that have some.
class UntaggedCall {
 public:
  UntaggedCall(const Thread& thread, u64 number, SyscallArgs& args);
  UntaggedCall(const UntaggedCall&) = delete;
  UntaggedCall& operator=(const UntaggedCall&) = delete;
  ~UntaggedCall();  // what the kernel has told by a copy is the guest's

 private:
  template <typename T>
  T* untagged(T* pointer) const;
  const iovec* untagged_vector(const iovec* at, u64 count);
  void take_messages(u64& at, u64 count, bool counted);
  bool untag(msghdr& message);

  unsigned tag_bits_;
  std::deque<std::vector<iovec>> vectors_;
  std::vector<mmsghdr> messages_;
  std::vector<msghdr> message_;  // the one of sendmsg and recvmsg
  GuestAddr messages_at_ = 0;
};

}  // namespace veneer
