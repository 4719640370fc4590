// What tests of vector instructions have in common: short programs of instruction words, run as a parameter of
// the test says.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "isa/riscv64/isa.h"
#include "isa/riscv64/vector_type.h"
#include "translate/translator.h"

namespace veneer::rv64 {

// Ends with a system call.
struct Program : CodeSource {
  static constexpr GuestAddr kBase = 0x10000;
  static constexpr u32 kEcall = 0x73;
  std::vector<u32> words;
  Program(std::initializer_list<u32> list) : Program(std::vector<u32>(list)) {}
  explicit Program(std::vector<u32> list) : words(std::move(list)) { words.push_back(kEcall); }
  std::span<const u8> fetch(GuestAddr pc) override {
    const std::span<const u8> bytes(reinterpret_cast<const u8*>(words.data()), words.size() * sizeof(u32));
    return pc >= kBase && pc - kBase < bytes.size() ? bytes.subspan(pc - kBase) : std::span<const u8>{};
  }
};

struct VectorCase {
  TranslatorOptions::Tier tier;
  const char* disabled;
  unsigned vlen;
};
inline std::string case_name(const VectorCase& c) {
  const std::string tier = c.tier == TranslatorOptions::Tier::Interp ? "Reference"
                           : c.tier == TranslatorOptions::Tier::One  ? "Translated"
                                                                     : "Adaptive";
  return tier + std::to_string(c.vlen) + c.disabled;
}

// `execute` runs the translator, with what a test wants around that.
inline Exit run_program(const Riscv64Isa& isa, const VectorCase& c, CpuState& state, Program program,
                        const std::function<Exit(Translator&, CpuState&)>& execute = &Translator::run) {
  TranslatorOptions options;
  options.tier = c.tier;
  options.disable_features = c.disabled;
  Translator translator(isa, program, options);
  translator.attach(state);
  update_mode(state);
  state.pc = Program::kBase;
  const Exit exit = execute(translator, state);
  translator.detach(state);
  return exit;
}

// Has the instruction at `pc` been refused?
inline bool was_illegal(Exit exit, const CpuState& state, GuestAddr pc) {
  return exit == Exit::Trap && static_cast<ir::TrapKind>(state.exit_info & 0xff) == ir::TrapKind::Undefined &&
         state.pc == pc;
}

}  // namespace veneer::rv64
