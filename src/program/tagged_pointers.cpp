#include "program/tagged_pointers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "program/guest_memory.h"

namespace veneer {

namespace {

// Which arguments of a call are pointers that the kernel reads or writes by, or addresses of mappings that may
// have tags: brk, mmap and shmat are not among these, nor is the new address of mremap.
struct Pointers {
  u16 number;
  std::string_view arguments;
};
constexpr Pointers kPointers[] = {
#define VENEER_POINTERS(number, arguments) {number, arguments},
#include "program/syscalls/pointers.inc"
#undef VENEER_POINTERS
};
static_assert(std::ranges::is_sorted(kPointers, {}, &Pointers::number));

enum : u64 {
  kReadv = 65,
  kWritev = 66,
  kPreadv = 69,
  kPwritev = 70,
  kVmsplice = 75,
  kSendmsg = 211,
  kRecvmsg = 212,
  kRecvmmsg = 243,
  kSendmmsg = 269,
  kProcessVmReadv = 270,
  kProcessVmWritev = 271,
  kPreadv2 = 286,
  kPwritev2 = 287
};
constexpr u64 kMost = 1024;  // UIO_MAXIOV

template <typename T>
u64 as_argument(T* pointer) {
  return reinterpret_cast<u64>(pointer);  // NOLINT: an argument
}
template <typename T>
T* as_pointer(u64 argument) {
  return reinterpret_cast<T*>(argument);  // NOLINT: identity address space
}

}  // namespace

template <typename T>
T* UntaggedCall::untagged(T* pointer) const {
  return as_pointer<T>(without_tag(as_argument(pointer), tag_bits_));
}

// The same where there is nothing to change, or where the kernel will find an error.
const iovec* UntaggedCall::untagged_vector(const iovec* at, u64 count) {
  if (count > kMost) return at;
  std::vector<iovec> copy(count);
  if (!copy_from_guest(copy.data(), as_argument(at), count * sizeof(iovec))) return at;
  bool changed = false;
  for (iovec& v : copy) {
    void* const base = untagged(v.iov_base);
    changed |= base != v.iov_base;
    v.iov_base = base;
  }
  return changed ? vectors_.emplace_back(std::move(copy)).data() : at;
}

bool UntaggedCall::untag(msghdr& message) {
  const msghdr before = message;
  message.msg_name = untagged(message.msg_name);
  message.msg_control = untagged(message.msg_control);
  message.msg_iov = const_cast<iovec*>(  // NOLINT: the kernel does not write it
      untagged_vector(untagged(message.msg_iov), message.msg_iovlen));
  return message.msg_name != before.msg_name || message.msg_control != before.msg_control ||
         message.msg_iov != before.msg_iov;
}

// `counted`: an array of mmsghdr.
void UntaggedCall::take_messages(u64& at, u64 count, bool counted) {
  if (count > kMost) return;
  bool changed = false;
  const auto take = [&](auto& copies) {
    copies.resize(count);
    if (!copy_from_guest(copies.data(), at, count * sizeof copies[0])) return copies.clear();
    for (auto& copy : copies) {
      if constexpr (requires { copy.msg_hdr; }) {
        changed |= untag(copy.msg_hdr);
      } else {
        changed |= untag(copy);
      }
    }
    if (!changed) return copies.clear();
    messages_at_ = at;
    at = as_argument(copies.data());
  };
  counted ? take(messages_) : take(message_);
}

UntaggedCall::UntaggedCall(const Thread& thread, u64 number, SyscallArgs& args) : tag_bits_(thread.tag_bits) {
  const auto* line = std::ranges::lower_bound(kPointers, number, {}, &Pointers::number);
  if (line == std::end(kPointers) || line->number != number) return;
  for (char digit : line->arguments) {
    u64& argument = args[static_cast<usize>(digit - '0')];
    argument = without_tag(argument, tag_bits_);
  }
  switch (number) {
    case kReadv:
    case kWritev:
    case kPreadv:
    case kPwritev:
    case kPreadv2:
    case kPwritev2:
    case kVmsplice:
    case kProcessVmReadv:
    case kProcessVmWritev:
      args[1] = as_argument(untagged_vector(as_pointer<const iovec>(args[1]), args[2]));
      break;
    case kSendmsg:
    case kRecvmsg: take_messages(args[1], 1, false); break;
    case kSendmmsg:
    case kRecvmmsg: take_messages(args[1], args[2] & 0xffffffff, true); break;
    default: break;
  }
}

UntaggedCall::~UntaggedCall() {
  GuestAddr at = messages_at_;
  const auto tell = [](GuestAddr to, const msghdr& from) {
    (void)(write_guest(to + offsetof(msghdr, msg_namelen), from.msg_namelen) &&
           write_guest(to + offsetof(msghdr, msg_controllen), from.msg_controllen) &&
           write_guest(to + offsetof(msghdr, msg_flags), from.msg_flags));
  };
  for (const msghdr& m : message_) tell(at, m);
  for (const mmsghdr& m : messages_) {
    tell(at, m.msg_hdr);
    (void)write_guest(at + offsetof(mmsghdr, msg_len), m.msg_len);
    at += sizeof m;
  }
}

}  // namespace veneer
