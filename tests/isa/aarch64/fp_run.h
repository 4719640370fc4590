// Runs single instructions through the decoder, the lifter and the interpreter, on a state that the test
// can read and write by register name.
#pragma once

#include <gtest/gtest.h>
#include <immintrin.h>

#include <array>
#include <bit>
#include <cstring>

#include "isa/aarch64/decoder.h"
#include "translate/interp/eval.h"
#include "translate/interp/interpreter.h"

namespace veneer::a64::test {

class Machine {
 public:
  CpuState state;

  // False when the word is UNDEFINED.
  bool run(u32 word) {
    const Encoding* encoding = decode(word);
    if (encoding == nullptr) return false;
    ir::Block block;
    ir::Builder builder(block);
    block.pc = state.pc = 0x1000;
    block.end_pc = block.pc + 4;
    const GuestIsa::LiftOptions options;
    const Features features;
    Lifter lifter(builder, options, features);
    lifter.pc = block.pc;
    builder.insn_start(block.pc);
    const usize before = builder.size();
    if (!encoding->lift(lifter, Insn{word})) {
      EXPECT_EQ(builder.size(), before) << encoding->name << " emitted something, then was reserved";
      return false;
    }
    builder.branch(block.end_pc);
    with_guest_mxcsr([&] {
      interp::run_block(state, block.view());
      fpsr_ = static_cast<u32>(interp::read_fpsr(state));
    });
    return true;
  }

  void set_fpcr(u32 fpcr) {
    with_guest_mxcsr([&] { interp::write_fpcr(state, fpcr); });
  }
  u32 fpsr() const { return fpsr_; }
  u32 nzcv() const { return Nzcv::to_arm(state.nzcv) >> 28; }
  void set_nzcv(u32 flags) { state.nzcv = Nzcv::from_arm(flags << 28); }

  // Scalars: what is above them when set is noise, which no scalar instruction may let through.
  void set_d(unsigned n, double v) { set_bits(n, std::bit_cast<u64>(v), 64); }
  void set_s(unsigned n, float v) { set_bits(n, std::bit_cast<u32>(v), 32); }
  void set_bits(unsigned n, u64 bits, unsigned width) {
    state.v[n].d[0] = width == 64 ? bits : 0xdead'dead'dead'dead << width | bits;
    state.v[n].d[1] = 0xdead'dead'dead'dead;
  }
  double d(unsigned n) const { return std::bit_cast<double>(state.v[n].d[0]); }
  float s(unsigned n) const { return std::bit_cast<float>(state.v[n].w[0]); }
  // The whole register, when only `width` low bits of it may be other than zero.
  u64 scalar(unsigned n, unsigned width) const {
    EXPECT_EQ(state.v[n].d[1], 0u) << "above the scalar in v" << n;
    if (width < 64) {
      EXPECT_EQ(state.v[n].d[0] >> width, 0u) << "above the scalar in v" << n;
    }
    return state.v[n].d[0];
  }

  void set_4s(unsigned n, float a, float b, float c, float d) {
    const float v[4] = {a, b, c, d};
    std::memcpy(&state.v[n], v, sizeof v);
  }
  std::array<float, 4> get_4s(unsigned n) const {
    std::array<float, 4> v;
    std::memcpy(v.data(), &state.v[n], sizeof v);
    return v;
  }
  void set_2d(unsigned n, double a, double b) {
    const double v[2] = {a, b};
    std::memcpy(&state.v[n], v, sizeof v);
  }
  std::array<double, 2> get_2d(unsigned n) const {
    std::array<double, 2> v;
    std::memcpy(v.data(), &state.v[n], sizeof v);
    return v;
  }

 private:
  // The guest's MXCSR is the thread's only while guest code runs: the test's own arithmetic does not show.
  template <typename Fn>
  void with_guest_mxcsr(Fn fn) {
    const u32 host = _mm_getcsr();
    _mm_setcsr(mxcsr_);
    fn();
    mxcsr_ = _mm_getcsr();
    _mm_setcsr(host);
  }

  u32 mxcsr_ = 0x1f80;
  u32 fpsr_ = 0;
};

}  // namespace veneer::a64::test
