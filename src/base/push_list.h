// A list that threads push to without a lock, so that a fork finds it whole; one takes all of it.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace veneer {

template <typename T>
class PushList {
 public:
  PushList() = default;
  ~PushList() { (void)take(); }
  PushList(const PushList&) = delete;
  PushList& operator=(const PushList&) = delete;

  void push(T value) {
    auto node = std::make_unique<Node>(Node{std::move(value), first_.load(std::memory_order_relaxed)});
    while (!first_.compare_exchange_weak(node->next, node.get(), std::memory_order_release)) {
    }
    (void)node.release();  // the list's
  }

  // The latest first.
  std::vector<T> take() {
    std::vector<T> out;
    for (std::unique_ptr<Node> node(first_.exchange(nullptr, std::memory_order_acquire)); node;
         node.reset(node->next))
      out.push_back(std::move(node->value));
    return out;
  }

 private:
  struct Node {
    T value;
    Node* next;
  };
  std::atomic<Node*> first_{nullptr};
};

}  // namespace veneer
