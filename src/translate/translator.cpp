#include "translate/translator.h"

#include <mutex>
#include <new>
#include <unordered_map>

#include "translate/interp/interpreter.h"

namespace veneer {

namespace {

constexpr GuestAddr kPageSize = 4096;
constexpr GuestAddr page_of(GuestAddr a) {
  return a & ~(kPageSize - 1);
}

}  // namespace

struct Translator::Impl {
  Impl(const GuestIsa& isa_in, CodeSource& source_in, const TranslatorOptions& options_in)
      : isa(isa_in), source(source_in), options(options_in) {}

  const GuestIsa& isa;
  CodeSource& source;
  TranslatorOptions options;

  std::mutex mutex;
  // A block is shared with the threads that run it, so that invalidation never pulls one from under them.
  std::unordered_map<GuestAddr, std::shared_ptr<const ir::Block>> blocks;
  std::unordered_multimap<GuestAddr, GuestAddr> blocks_of_page;  // page -> block pc

  // The block at pc; null, with state.exit set, when there is nothing to fetch.
  std::shared_ptr<const ir::Block> find(CpuState& state) {
    const GuestAddr pc = state.pc;
    std::lock_guard lock(mutex);
    if (auto it = blocks.find(pc); it != blocks.end()) return it->second;
    if (pc % sizeof(u32) != 0) return trap(state, ir::TrapKind::PcAlignment);
    std::span<const u32> code = source.fetch(pc);
    if (code.empty()) return trap(state, ir::TrapKind::FetchFault);
    auto block = std::make_shared<ir::Block>();
    isa.lift(pc, code, {}, *block);
    const GuestAddr last = page_of(block->end_pc - 1);
    for (GuestAddr page = page_of(pc); page <= last; page += kPageSize) blocks_of_page.emplace(page, pc);
    return blocks.emplace(pc, std::move(block)).first->second;
  }

  static std::shared_ptr<const ir::Block> trap(CpuState& state, ir::TrapKind kind) {
    state.exit = Exit::Trap;
    state.exit_info = static_cast<u32>(kind);
    return nullptr;
  }
};

Translator::Translator(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options)
    : impl_(std::make_unique<Impl>(isa, source, options)) {}

Translator::~Translator() = default;

void Translator::attach(CpuState& state) {
  state.engine = impl_.get();
}
void Translator::detach(CpuState& state) {
  state.engine = nullptr;
}

Exit Translator::run(CpuState& state) {
  for (;;) {
    if (state.pending) return state.exit = Exit::Pending;
    state.exit = Exit::Continue;
    std::shared_ptr<const ir::Block> block = impl_->find(state);
    if (block) interp::run_block(state, *block);
    if (state.exit != Exit::Continue) return state.exit;
  }
}

void Translator::invalidate(GuestAddr start, GuestAddr end) {
  if (start >= end) return;
  std::lock_guard lock(impl_->mutex);
  // By what has been translated, not by page: a range may be the whole address space.
  const GuestAddr first = page_of(start), last = page_of(end - 1);
  std::erase_if(impl_->blocks_of_page, [&](const auto& entry) {
    if (entry.first < first || entry.first > last) return false;
    auto it = impl_->blocks.find(entry.second);
    if (it == impl_->blocks.end()) return true;
    if (it->second->pc >= end || it->second->end_pc <= start) return false;
    impl_->blocks.erase(it);
    return true;
  });
}

void Translator::after_fork_in_child() {
  // Only the forking thread exists now, and it was not in here: whoever held the lock is gone.
  new (&impl_->mutex) std::mutex;
}

}  // namespace veneer
