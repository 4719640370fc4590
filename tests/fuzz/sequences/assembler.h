// The few A64 instructions that the test program's own code is made of (Arm ARM C6.2).
#pragma once

#include <vector>

#include "base/types.h"

namespace veneer::fuzz {

class Assembler {
 public:
  explicit Assembler(GuestAddr base) : base_(base) {}

  GuestAddr here() const { return base_ + code_.size() * sizeof(u32); }
  const std::vector<u32>& code() const { return code_; }
  u32& word_at(GuestAddr pc) { return code_[(pc - base_) / sizeof(u32)]; }
  void word(u32 w) { code_.push_back(w); }

  void mov(unsigned rd, u64 value) {
    word(0xd2800000 | imm16(value) | rd);  // MOVZ
    for (unsigned part = 1; part < 4; ++part)
      if (value >> (16 * part) & 0xffff)
        word(0xf2800000 | part << 21 | imm16(value >> (16 * part)) | rd);  // MOVK
  }
  void mov_from_sp(unsigned rd) { word(0x910003e0 | rd); }
  void mov_to_sp(unsigned rn) { word(0x9100001f | rn << 5); }
  void add(unsigned rd, unsigned rn, unsigned imm) { word(0x91000000 | imm << 10 | rn << 5 | rd); }
  void sub(unsigned rd, unsigned rn, unsigned imm) { word(0xd1000000 | imm << 10 | rn << 5 | rd); }
  void ldr(unsigned rt, unsigned rn, unsigned offset) { word(0xf9400000 | offset / 8 << 10 | rn << 5 | rt); }
  void str(unsigned rt, unsigned rn, unsigned offset) { word(0xf9000000 | offset / 8 << 10 | rn << 5 | rt); }
  void ldr_w(unsigned rt, unsigned rn, unsigned offset) { word(0xb9400000 | offset / 4 << 10 | rn << 5 | rt); }
  void ldp(unsigned rt, unsigned rt2, unsigned rn, unsigned offset) {
    word(0xa9400000 | pair(rt, rt2, rn, offset / 8));
  }
  void stp(unsigned rt, unsigned rt2, unsigned rn, unsigned offset) {
    word(0xa9000000 | pair(rt, rt2, rn, offset / 8));
  }
  void ldp_q(unsigned rt, unsigned rt2, unsigned rn, unsigned offset) {
    word(0xad400000 | pair(rt, rt2, rn, offset / 16));
  }
  void stp_q(unsigned rt, unsigned rt2, unsigned rn, unsigned offset) {
    word(0xad000000 | pair(rt, rt2, rn, offset / 16));
  }
  enum System : u32 { Nzcv = 0x3b4200, Fpcr = 0x3b4400, Fpsr = 0x3b4420, TpidrEl0 = 0x3bd040 };
  void mrs(unsigned rt, System s) { word(0xd5000000 | s | 0x200000 | rt); }
  void msr(System s, unsigned rt) { word(0xd5000000 | (s & ~0x200000u) | rt); }
  void adr(unsigned rd, GuestAddr target) {
    const u32 distance = static_cast<u32>(target - here());
    word(0x10000000 | (distance & 3) << 29 | (distance >> 2 & 0x7ffff) << 5 | rd);
  }
  void b(GuestAddr target) { word(0x14000000 | (static_cast<u32>((target - here()) / 4) & 0x3ffffff)); }
  void bl(GuestAddr target) { word(0x94000000 | (static_cast<u32>((target - here()) / 4) & 0x3ffffff)); }
  void cbnz(unsigned rt, GuestAddr target) {
    word(0xb5000000 | (static_cast<u32>((target - here()) / 4) & 0x7ffff) << 5 | rt);
  }
  void ret() { word(0xd65f03c0); }
  void syscall(unsigned number) {
    mov(8, number);
    word(0xd4000001);
  }

 private:
  static u32 imm16(u64 value) { return static_cast<u32>(value & 0xffff) << 5; }
  static u32 pair(unsigned rt, unsigned rt2, unsigned rn, unsigned scaled) {
    return (scaled & 0x7f) << 15 | rt2 << 10 | rn << 5 | rt;
  }

  GuestAddr base_;
  std::vector<u32> code_;
};

}  // namespace veneer::fuzz
