#include "program/seccomp_threads.h"

#include <new>

#include "program/thread.h"

namespace veneer {
namespace {

const SeccompState& latest(const Thread& thread) {
  return thread.seccomp_news.load(std::memory_order_relaxed) ? thread.seccomp_next : thread.seccomp;
}

bool descends(const SeccompFilter* filter, const SeccompFilter* ancestor) {
  for (; filter; filter = filter->older.get())
    if (filter == ancestor) return true;
  return ancestor == nullptr;
}

}  // namespace

void SeccompThreads::enter(Thread& child, const Thread& parent) {
  const std::lock_guard lock(mutex_);
  child.seccomp = latest(parent);
  threads_.insert(&child);
}

void SeccompThreads::enter(Thread& thread) {
  const std::lock_guard lock(mutex_);
  threads_.insert(&thread);
}

void SeccompThreads::leave(Thread& thread) {
  const std::lock_guard lock(mutex_);
  threads_.erase(&thread);
}

void SeccompThreads::be_only(Thread& thread) {
  new (&mutex_) std::mutex;  // whoever held it is not in the child
  threads_ = {&thread};
}

s64 SeccompThreads::add(Thread& thread, std::vector<sock_filter> program) {
  const std::lock_guard lock(mutex_);
  return thread.seccomp.add(std::move(program));
}

void SeccompThreads::listen(Thread& thread) {
  const std::lock_guard lock(mutex_);
  thread.seccomp.listened = true;
}

s64 SeccompThreads::add_to_all(Thread& thread, std::vector<sock_filter> program) {
  const std::lock_guard lock(mutex_);
  for (const Thread* other : threads_) {
    const SeccompState& theirs = latest(*other);
    if (theirs.mode == SECCOMP_MODE_STRICT || !descends(thread.seccomp.filters.get(), theirs.filters.get()))
      return other->tid;
  }
  if (const s64 error = thread.seccomp.add(std::move(program)); error < 0) return error;
  for (Thread* other : threads_) {
    if (other == &thread) continue;
    other->seccomp_next = thread.seccomp;
    other->seccomp_news.store(true, std::memory_order_release);
  }
  return 0;
}

void SeccompThreads::take(Thread& thread) {
  const std::lock_guard lock(mutex_);
  if (thread.seccomp_news.exchange(false, std::memory_order_acq_rel)) thread.seccomp = thread.seccomp_next;
}

}  // namespace veneer
