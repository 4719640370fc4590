// The threads of a process, as far as their seccomp filters are to be the same (SECCOMP_FILTER_FLAG_TSYNC).
#pragma once

#include <mutex>
#include <set>

#include "base/types.h"
#include "program/seccomp.h"

namespace veneer {

struct Thread;

class SeccompThreads {
 public:
  // A new thread of `parent`'s, with its filters; the first thread; the only one, in the child of a fork.
  void enter(Thread& child, const Thread& parent);
  void enter(Thread& thread);
  void leave(Thread& thread);
  void be_only(Thread& thread);

  // Gives the thread a filter of its own: as SeccompState::add.
  s64 add(Thread& thread, std::vector<sock_filter> program);
  // From now on the thread, and those that get its filters, have a listener.
  void listen(Thread& thread);
  // Gives all of them the thread's filters and one more: 0, -errno, or the number of a thread that has filters
  // which this one has not.
  s64 add_to_all(Thread& thread, std::vector<sock_filter> program);
  // By a thread with Thread::seccomp_news: what others have given it.
  void take(Thread& thread);

 private:
  std::mutex mutex_;
  std::set<Thread*> threads_;
};

}  // namespace veneer
