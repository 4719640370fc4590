// 128-bit constants that translated code needs, kept in CpuState::constants so that they are reached from rbp.
#pragma once

#include "translate/cpu_state.h"

namespace veneer::tier1 {

enum class VecConst : u8 {
  Zero,
  AllOnes,
  SignF32,  // sign bit of each element
  SignF64,
  AbsF32,  // everything but the sign bit
  AbsF64,
  OneF32,  // 1.0 in each element
  OneF64,
  LeastNormalF32,  // the smallest normal number in each element
  LeastNormalF64,
  GreatestF32,  // the greatest finite number
  GreatestF64,
  HalfF32,  // 0.5, 2.0 and 3.0
  HalfF64,
  TwoF32,
  TwoF64,
  ThreeF32,
  ThreeF64,
  TwoTo52F64,
  RecipGreatestF32,  // of FRECPE: the greatest number whose reciprocal is a normal number; 1/1's exponent twice
  RecipGreatestF64,
  RecipExponentF32,
  RecipExponentF64,
  RsqrtExponentF32,  // of FRSQRTE: 1/1's exponent three times, as an integer
  RsqrtExponentF64,
  TwoTo32F64,  // limits of conversions to unsigned integers
  TwoTo63F64,
  TwoTo32F32,
  TwoTo63F32,
  Bytes80,  // 0x80 in each byte, and so on: sign flips for unsigned compares
  Halves8000,
  Words80000000,
  Doubles8000,
  Rev16,  // PSHUFB controls
  Rev32Bytes,
  Rev64Bytes,
  Rev32Halves,
  Rev64Halves,
  NibbleMask,     // 0x0f in each byte
  PopcountLut,    // bits set in 0..15
  BitReverseLut,  // reversed nibbles in the high half of a byte
  ClzLut,         // leading zeros of 0..15 as a nibble
  Index,          // 0..15
  Bytes01,
  Bytes40,
  Bytes70,    // 0x70: index + 0x70 saturates to have bit 7 set from 16 on (TBL)
  Uzp1Bytes,  // even bytes into the low half, odd ones into the high half
  Uzp1Halves,
  LowHalf,      // ones in the low 64 bits
  LowHalfWord,  // ones in the low 16 bits
  Halves00ff,
  Halves7fff,
  Words0000ffff,
  Words4000,
  Doubles1fffffff,
  BoxF32,  // ones above a narrow number, up to 64 bits
  BoxF16,
  AesShiftRows,
  AesInvShiftRows,
  SlidingOnes,  // with the next: the last 16 - n bytes of the one and n of the other are a mask
  SlidingZeros,
  PowersOfTwo,  // 1 << n & 7, by n
  PowerIndex,   // in each half word: see emit_vector_shift_by.cpp
  Count
};
static_assert(static_cast<usize>(VecConst::Count) <= sizeof(CpuState::constants) / sizeof(Vec));

void fill_constants(CpuState& state);

}  // namespace veneer::tier1
