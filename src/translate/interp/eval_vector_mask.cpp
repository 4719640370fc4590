// Masks of lanes and of bytes, and the accesses that they restrict.
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>

#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

volatile u8* byte_at(GuestAddr address) {
  return reinterpret_cast<volatile u8*>(address);  // NOLINT: identity address space
}

}  // namespace

Vec eval_VBytesBelow(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec r{};
  for (unsigned i = 0; i < 16; ++i) r.b[i] = static_cast<s64>(in.imm + i) < a[0].sd[0] ? 0xff : 0;
  return r;
}

Vec eval_VExpandBits(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec r{};
  for (unsigned i = 0; i < 128u / in.esize; ++i) {
    const u64 bit = in.imm + i;
    set_lane(r, in.esize, i, a[0].b[bit / 8] >> bit % 8 & 1 ? ~u64{0} : 0);
  }
  return r;
}

Vec eval_VGatherBits(CpuState&, const ir::Inst& in, const Vec* a) {
  u64 bits = 0;
  for (unsigned i = 0; i < 128u / in.esize; ++i) bits |= (lane(a[0], in.esize, i) >> (in.esize - 1) & 1) << i;
  return integer(bits);
}

Vec eval_LoadVMasked(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec r = a[2];
  for (unsigned i = 0; i < 16; ++i)
    if (a[1].b[i]) r.b[i] = *byte_at(a[0].d[0] + in.imm + i);
  return r;
}

Vec eval_StoreVMasked(CpuState&, const ir::Inst& in, const Vec* a) {
  for (unsigned i = 0; i < 16; ++i)
    if (a[1].b[i]) *byte_at(a[0].d[0] + in.imm + i) = a[2].b[i];
  return {};
}

bool is_readable(GuestAddr address) {
  u8 byte = 0;
  const iovec to{&byte, 1};
  const iovec from{reinterpret_cast<void*>(address), 1};  // NOLINT: identity address space
  return ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0) == 1;
}

Vec eval_ReadableBytes(CpuState&, const ir::Inst& in, const Vec* a) {
  static_cast<void>(*byte_at(a[0].d[0]));
  constexpr u64 kPage = 4096;
  const u64 here = std::min(in.imm, kPage - a[0].d[0] % kPage);
  if (here == in.imm) return integer(here);
  return integer(is_readable(a[0].d[0] + here) ? in.imm : here);
}

}  // namespace veneer::interp
