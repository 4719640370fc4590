// Guest code larger than the code cache: translations are dropped and made again while other threads run them.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "isa/aarch64/code_bytes.h"
#include "isa/aarch64/isa.h"
#include "translate/translator.h"

namespace veneer {
namespace {

constexpr u32 kAdd1 = 0x91000400;   // add x0, x0, #1
constexpr u32 kBNext = 0x14000001;  // b .+4
constexpr u32 kSvc = 0xd4000001;    // svc #0
constexpr u32 kRet = 0xd65f03c0;    // ret
constexpr u32 kMovX1 = 0x91000021;  // add x1, x1, #0
constexpr usize kBlocks = 60'000;

constexpr u32 bl(s64 from, s64 to) {
  return 0x94000000 | (static_cast<u32>(to - from) & 0x3ffffff);
}

class Source : public CodeSource {
 public:
  static constexpr GuestAddr kBase = 0x100000;
  Source() {
    code.push_back(kAdd1);
    code.push_back(kRet);
    start = kBase + code.size() * 4;
    for (usize i = 0; i < kBlocks; ++i) {
      code.push_back(kAdd1);
      if (i % 3 == 0) {
        code.push_back(bl(static_cast<s64>(code.size()), 0));
        ++calls;
      } else {
        code.push_back(kMovX1);
        code.push_back(kBNext);
      }
    }
    code.push_back(kSvc);
  }
  std::span<const u8> fetch(GuestAddr pc) override {
    const std::span<const u8> bytes = code_bytes(code);
    if (pc - kBase >= bytes.size()) return {};
    return bytes.subspan(pc - kBase, std::min<usize>(bytes.size() - (pc - kBase), 256));
  }
  std::vector<u32> code;
  GuestAddr start = 0;
  u64 calls = 0;
};

u64 run_through(Translator& translator, const Source& source, unsigned times) {
  CpuState state;
  translator.attach(state);
  for (unsigned i = 0; i < times; ++i) {
    state.pc = source.start;
    Exit exit;
    // A thread that is asked to leave comes back as if something were pending.
    while ((exit = translator.run(state)) == Exit::Pending) state.pending = 0;
    if (exit != Exit::Syscall) return 0;
  }
  translator.detach(state);
  return state.x[0];
}

TEST(CodeCacheFull, TranslationsAreMadeAnew) {
  Source source;
  a64::Aarch64Isa isa;
  TranslatorOptions options;
  options.tier = TranslatorOptions::Tier::One;
  options.code_cache_size = usize{2} << 20;
  Translator translator(isa, source, options);
  EXPECT_EQ(run_through(translator, source, 3), 3 * (kBlocks + source.calls));
}

TEST(CodeCacheFull, ManyThreadsAtOnce) {
  Source source;
  a64::Aarch64Isa isa;
  TranslatorOptions options;
  options.tier = TranslatorOptions::Tier::One;
  options.code_cache_size = usize{2} << 20;
  Translator translator(isa, source, options);
  std::vector<u64> results(4);
  std::vector<std::thread> threads;
  for (u64& result : results) threads.emplace_back([&] { result = run_through(translator, source, 3); });
  for (std::thread& t : threads) t.join();
  for (u64 result : results) EXPECT_EQ(result, 3 * (kBlocks + source.calls));
}

}  // namespace
}  // namespace veneer
