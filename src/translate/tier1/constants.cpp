#include "translate/tier1/constants.h"

#include <initializer_list>

namespace veneer::tier1 {

namespace {

Vec bytes(std::initializer_list<int> list) {
  Vec v{};
  unsigned i = 0;
  for (int b : list) v.b[i++] = static_cast<u8>(b);
  return v;
}
Vec each64(u64 d) {
  Vec v{};
  v.d[0] = v.d[1] = d;
  return v;
}
Vec each32(u32 w) {
  return each64(static_cast<u64>(w) << 32 | w);
}
Vec each16(u16 h) {
  return each32(static_cast<u32>(h) << 16 | h);
}
Vec each8(u8 b) {
  return each16(static_cast<u16>(b << 8 | b));
}
Vec low64(u64 d) {
  Vec v{};
  v.d[0] = d;
  return v;
}

}  // namespace

void fill_constants(CpuState& state) {
  auto set = [&](VecConst name, const Vec& v) { state.constants[static_cast<usize>(name)] = v; };
  set(VecConst::Zero, each64(0));
  set(VecConst::AllOnes, each64(~u64{0}));
  set(VecConst::SignF32, each32(0x80000000));
  set(VecConst::SignF64, each64(u64{1} << 63));
  set(VecConst::AbsF32, each32(0x7fffffff));
  set(VecConst::AbsF64, each64(~(u64{1} << 63)));
  set(VecConst::OneF32, each32(0x3f800000));
  set(VecConst::OneF64, each64(0x3ff0000000000000));
  set(VecConst::LeastNormalF32, each32(0x00800000));
  set(VecConst::LeastNormalF64, each64(0x0010000000000000));
  set(VecConst::GreatestF32, each32(0x7f7fffff));
  set(VecConst::GreatestF64, each64(0x7fefffffffffffff));
  set(VecConst::HalfF32, each32(0x3f000000));
  set(VecConst::HalfF64, each64(0x3fe0000000000000));
  set(VecConst::TwoF32, each32(0x40000000));
  set(VecConst::TwoF64, each64(0x4000000000000000));
  set(VecConst::ThreeF32, each32(0x40400000));
  set(VecConst::ThreeF64, each64(0x4008000000000000));
  set(VecConst::TwoTo52F64, each64(0x4330000000000000));
  set(VecConst::RecipGreatestF32, each32(0x7e7fffff));
  set(VecConst::RecipGreatestF64, each64(0x7fcfffffffffffff));
  set(VecConst::RecipExponentF32, each32(253u << 23));
  set(VecConst::RecipExponentF64, each64(u64{2045} << 52));
  set(VecConst::RsqrtExponentF32, each32(380));
  set(VecConst::RsqrtExponentF64, each64(3068));
  set(VecConst::TwoTo32F64, each64(0x41f0000000000000));
  set(VecConst::TwoTo63F64, each64(0x43e0000000000000));
  set(VecConst::TwoTo32F32, each32(0x4f800000));
  set(VecConst::TwoTo63F32, each32(0x5f000000));
  set(VecConst::Bytes80, each8(0x80));
  set(VecConst::Halves8000, each16(0x8000));
  set(VecConst::Words80000000, each32(0x80000000));
  set(VecConst::Doubles8000, each64(u64{1} << 63));
  set(VecConst::Rev16, bytes({1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14}));
  set(VecConst::Rev32Bytes, bytes({3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12}));
  set(VecConst::Rev64Bytes, bytes({7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8}));
  set(VecConst::Rev32Halves, bytes({2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13}));
  set(VecConst::Rev64Halves, bytes({6, 7, 4, 5, 2, 3, 0, 1, 14, 15, 12, 13, 10, 11, 8, 9}));
  set(VecConst::NibbleMask, each8(0x0f));
  set(VecConst::PopcountLut, bytes({0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4}));
  set(VecConst::BitReverseLut,
      bytes({0x00, 0x80, 0x40, 0xc0, 0x20, 0xa0, 0x60, 0xe0, 0x10, 0x90, 0x50, 0xd0, 0x30, 0xb0, 0x70, 0xf0}));
  set(VecConst::ClzLut, bytes({4, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
  set(VecConst::Index, bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
  set(VecConst::Bytes01, each8(1));
  set(VecConst::Bytes40, each8(0x40));
  set(VecConst::Bytes70, each8(0x70));
  set(VecConst::Uzp1Bytes, bytes({0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15}));
  set(VecConst::Uzp1Halves, bytes({0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15}));
  set(VecConst::LowHalf, low64(~u64{0}));
  set(VecConst::LowHalfWord, low64(0xffff));
  set(VecConst::Halves7fff, each16(0x7fff));
  set(VecConst::Halves00ff, each16(0x00ff));
  set(VecConst::Doubles1fffffff, each64(0x1fffffff));
  set(VecConst::Words4000, each32(0x4000));
  set(VecConst::Words0000ffff, each32(0x0000ffff));
  set(VecConst::BoxF32, low64(~u64{0} << 32));
  set(VecConst::BoxF16, low64(~u64{0} << 16));
  set(VecConst::AesShiftRows, bytes({0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11}));
  set(VecConst::AesInvShiftRows, bytes({0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3}));
  set(VecConst::SlidingOnes, each64(~u64{0}));
  set(VecConst::SlidingZeros, each64(0));
  set(VecConst::PowersOfTwo, bytes({1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128}));
  set(VecConst::PowerIndex, each16(0xf878));
}

}  // namespace veneer::tier1
