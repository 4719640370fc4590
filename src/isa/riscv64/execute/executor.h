// Vector instructions, one element after another, on CpuState: for what the lift functions leave to it. They
// have checked that the encoding is not reserved.
#pragma once

#include <cstring>

#include "isa/riscv64/insn.h"
#include "isa/riscv64/vector_type.h"

namespace veneer::rv64 {

// GuestIsa::Executor. The instruction's scalar operands, where it has any: a is that of the field rs1 (a
// general register, the bits of a floating-point one, or the immediate), b that of rs2. A scalar result is
// returned.
u64 execute_vector(CpuState& state, u64 insn, u64 a, u64 b);

// An instruction being executed.
class Execution {
 public:
  Execution(CpuState& state, Insn insn, u64 a, u64 b)
      : s(state),
        i(insn),
        scalar(a),
        stride(b),
        mode(state.mode),
        vl(state.control[kVl]),
        vstart(state.control[kVstart]),
        sew(mode.sew()) {}

  CpuState& s;
  const Insn i;
  const u64 scalar, stride;
  const VectorMode mode;
  const u64 vl, vstart;
  const unsigned sew;

  unsigned vd() const { return i.rd(); }
  unsigned vs1() const { return i.rs1(); }
  unsigned vs2() const { return i.rs2(); }
  u64 vlmax() const { return mode.vlmax(s.wide_bytes); }

  // Element n, of `bits`, of the group of registers from reg on.
  u64 get(unsigned reg, unsigned bits, u64 n) const {
    u64 value = 0;
    std::memcpy(&value, bytes(reg) + n * (bits / 8), bits / 8);
    return value;
  }
  s64 get_signed(unsigned reg, unsigned bits, u64 n) const { return extend(get(reg, bits, n), bits); }
  void set(unsigned reg, unsigned bits, u64 n, u64 value) {
    std::memcpy(bytes(reg) + n * (bits / 8), &value, bits / 8);
  }
  bool bit(unsigned reg, u64 n) const { return bytes(reg)[n / 8] >> (n % 8) & 1; }
  void set_bit(unsigned reg, u64 n, bool value) {
    u8& byte = bytes(reg)[n / 8];
    byte = static_cast<u8>((byte & ~(1u << n % 8)) | unsigned{value} << n % 8);
  }
  bool masked() const { return !i.bit(25); }
  bool active(u64 n) const { return !masked() || bit(0, n); }

  // f(n) of every active element of the body.
  template <class Fn>
  void each(Fn f) const {
    for (u64 n = vstart; n < vl; ++n)
      if (active(n)) f(n);
  }
  // The second operand: element n of vs1, or the scalar.
  bool is_vector_form() const { return i.rm() == 0 || i.rm() == 1 || i.rm() == 2; }
  u64 operand(unsigned bits, u64 n) const {
    return is_vector_form() ? get(vs1(), bits, n) : scalar & ones(bits);
  }
  s64 signed_operand(unsigned bits, u64 n) const { return extend(operand(bits, n), bits); }

  // What of an address counts.
  GuestAddr without_tag(GuestAddr at) const {
    const u64 ignored = s.control[kMaskLength];
    return static_cast<GuestAddr>(static_cast<s64>(at << ignored) >> ignored);
  }

  static s64 extend(u64 value, unsigned bits) { return static_cast<s64>(value << (64 - bits)) >> (64 - bits); }
  static u64 ones(unsigned bits) { return ~u64{0} >> (64 - bits); }

  u8* bytes(unsigned reg) { return reinterpret_cast<u8*>(s.wide) + usize{reg} * s.wide_bytes; }
  const u8* bytes(unsigned reg) const {
    return reinterpret_cast<const u8*>(s.wide) + usize{reg} * s.wide_bytes;
  }
};

// Each false when it is no instruction of that kind.
bool execute_memory(Execution& e);
bool execute_cryptography(Execution& e);  // of groups of elements
bool execute_carryless_product(Execution& e);
bool execute_bit_manipulation(Execution& e);
bool execute_integer(Execution& e);
bool execute_widening(Execution& e);
bool execute_fixed_point(Execution& e);
bool execute_reduction(Execution& e);
bool execute_floating_point(Execution& e, u64& result);
bool execute_mask(Execution& e, u64& result);
bool execute_permutation(Execution& e, u64& result);

}  // namespace veneer::rv64
