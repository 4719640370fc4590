// Threads, locks, exceptions and thread-local storage of C++.
#include <atomic>
#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <queue>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {
thread_local int own = 5;

int thrown(int depth) {
  std::string kept(depth, 'x');
  if (depth == 0) throw std::runtime_error("from the bottom");
  return thrown(depth - 1) + static_cast<int>(kept.size());
}
}  // namespace

int main() {
  std::atomic<long> counter{0}, narrow{0};
  std::atomic<unsigned char> byte{0};
  std::atomic<short> half{0};
  std::mutex mutex;
  std::map<int, long> results;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; i++)
    threads.emplace_back([&, i] {
      own += i;
      for (int k = 0; k < 20000; k++) {
        counter += k;
        byte++;
        half += 3;
        long seen = narrow;
        while (!narrow.compare_exchange_weak(seen, seen + 2)) {
        }
      }
      const std::lock_guard lock(mutex);
      results[i] = own;
    });
  for (std::thread& t : threads) t.join();
  std::cout << counter << " " << narrow << " " << int{byte} << " " << half << "\n";
  for (auto [k, v] : results) std::cout << k << ":" << v << " ";
  std::cout << own << "\n";

  std::queue<int> queue;
  std::condition_variable changed;
  long sum = 0;
  std::thread consumer([&] {
    for (int n = 0; n < 1000; n++) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !queue.empty(); });
      sum += queue.front();
      queue.pop();
    }
  });
  for (int n = 0; n < 1000; n++) {
    const std::lock_guard lock(mutex);
    queue.push(n);
    changed.notify_one();
  }
  consumer.join();
  std::cout << sum << "\n";
  try {
    std::cout << thrown(20) << "\n";
  } catch (const std::exception& e) {
    std::cout << e.what() << "\n";
  }
  std::cout << std::regex_replace(std::string("a1b22c333"), std::regex("[0-9]+"), "<$&>") << "\n";
}
