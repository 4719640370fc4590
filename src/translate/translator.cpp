#include "translate/translator.h"

#include <algorithm>

#include "translate/tier1/engine.h"

namespace veneer {

bool CodeSource::read(GuestAddr start, std::span<u8> out) {
  const std::span<const u8> code = fetch(start);
  if (code.size() < out.size()) return false;
  std::copy_n(code.begin(), out.size(), out.begin());
  return true;
}

struct Translator::Impl {
  tier1::Engine engine;
};

Translator::Translator(const GuestIsa& isa, CodeSource& source, const TranslatorOptions& options)
    : impl_(new Impl{tier1::Engine(isa, source, options)}) {}

Translator::~Translator() = default;

void Translator::attach(CpuState& state) {
  impl_->engine.attach(state);
}
void Translator::detach(CpuState& state) {
  impl_->engine.detach(state);
}
Exit Translator::run(CpuState& state) {
  return impl_->engine.run(state);
}
Exit Translator::step(CpuState& state) {
  return impl_->engine.step(state);
}
void Translator::accesses_of_next(const CpuState& state,
                                  const std::function<void(const MemoryAccess&)>& visit) {
  impl_->engine.accesses_of_next(state, visit);
}
void Translator::invalidate(GuestAddr start, GuestAddr end) {
  impl_->engine.invalidate(start, end);
}
void Translator::invalidate_changed(GuestAddr start, GuestAddr end) {
  impl_->engine.invalidate_changed(start, end);
}
void Translator::keep_flags_for_faults() {
  impl_->engine.keep_flags_for_faults();
}
void Translator::allow_wide_registers() {
  impl_->engine.allow_wide_registers();
}
bool Translator::use_image(int fd, GuestAddr start) {
  return impl_->engine.use_image(fd, start);
}
void Translator::watch_code(GuestAddr start, u64 bytes) {
  impl_->engine.watch_code(start, bytes);
}
Translator::CodeWatched Translator::watched_code(GuestAddr start) {
  return impl_->engine.watched_code(start);
}
bool Translator::recover_fault(CpuState& state, const siginfo_t& info, ucontext_t& uc) noexcept {
  return impl_->engine.recover_fault(state, info, uc);
}
GuestAddr Translator::unit_pc(u64 host_pc) const noexcept {
  return impl_->engine.unit_pc(host_pc);
}
void Translator::lock_for_fork() {
  impl_->engine.lock_for_fork();
}
void Translator::unlock_after_fork() {
  impl_->engine.unlock_after_fork();
}
void Translator::unlock_in_child(CpuState& survivor) {
  impl_->engine.unlock_in_child(survivor);
}

}  // namespace veneer
