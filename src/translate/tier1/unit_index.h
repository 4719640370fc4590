// Which unit a guest address is entered by. Any thread may look it up while one, under the engine's lock,
// changes it: open addressing, where entries are never moved, and a table that has become too small is kept for
// those who are still reading it.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "translate/tier1/unit.h"

namespace veneer::tier1 {

class UnitIndex {
 public:
  UnitIndex() { grow(kFirstSize); }

  Unit* find(u64 key) const {
    const Table& table = *current_.load(std::memory_order_acquire);
    for (usize i = hash(key);; ++i) {
      const Entry& e = table.entries[i & table.mask];
      const u64 k = e.key.load(std::memory_order_acquire);
      if (k == key) return e.unit.load(std::memory_order_acquire);
      if (k == kEmpty) return nullptr;
    }
  }
  void set(u64 key, Unit* unit) {
    if ((used_ + 1) * 2 > current_.load(std::memory_order_relaxed)->mask)
      grow(2 * tables_.back()->entries.size());
    insert(*tables_.back(), key, unit);
  }
  // Leaves the key, without a unit.
  void erase(u64 key) {
    if (find(key)) insert(*tables_.back(), key, nullptr);
  }
  // Nobody may be reading.
  void clear() {
    tables_.clear();
    grow(kFirstSize);
  }

 private:
  static constexpr u64 kEmpty = ~u64{0};
  static constexpr usize kFirstSize = 1024;
  struct Entry {
    std::atomic<u64> key{kEmpty};
    std::atomic<Unit*> unit{nullptr};
  };
  struct Table {
    explicit Table(usize size) : mask(size - 1), entries(size) {}
    usize mask;
    std::vector<Entry> entries;
  };

  static usize hash(u64 key) { return key * 0x9e3779b97f4a7c15 >> 32; }

  void insert(Table& table, u64 key, Unit* unit) {
    for (usize i = hash(key);; ++i) {
      Entry& e = table.entries[i & table.mask];
      const u64 k = e.key.load(std::memory_order_relaxed);
      if (k != key && k != kEmpty) continue;
      e.unit.store(unit, std::memory_order_release);
      if (k == kEmpty) {
        e.key.store(key, std::memory_order_release);
        ++used_;
      }
      return;
    }
  }
  void grow(usize size) {
    auto table = std::make_unique<Table>(size);
    used_ = 0;
    if (!tables_.empty())
      for (const Entry& e : tables_.back()->entries)
        if (Unit* unit = e.unit.load(std::memory_order_relaxed))
          insert(*table, e.key.load(std::memory_order_relaxed), unit);
    current_.store(table.get(), std::memory_order_release);
    tables_.push_back(std::move(table));
  }

  std::atomic<Table*> current_{nullptr};
  std::vector<std::unique_ptr<Table>> tables_;
  usize used_ = 0;  // keys of the current table
};

}  // namespace veneer::tier1
