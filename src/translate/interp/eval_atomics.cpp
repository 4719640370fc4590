// Atomic memory operations and exclusives (Arm ARM B2.9), by the host's locked instructions. Those are full
// barriers, which covers every order.
#include <algorithm>

#include <sched.h>

#include "translate/interp/alignment.h"
#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"
#include "translate/interp/lanes.h"

namespace veneer::interp {

namespace {

using ir::AtomicOp;

template <typename T>
T* host(GuestAddr address) {
  return reinterpret_cast<T*>(address);  // NOLINT: identity address space
}

template <typename T>
u64 modify(GuestAddr at, AtomicOp op, u64 operand) {
  T* p = host<T>(at);
  const T v = static_cast<T>(operand);
  using S = std::make_signed_t<T>;
  auto loop = [p](auto f) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(p, &old, static_cast<T>(f(old)), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
    }
    return old;
  };
  switch (op) {
    case AtomicOp::Add: return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);
    case AtomicOp::Clr: return __atomic_fetch_and(p, static_cast<T>(~v), __ATOMIC_SEQ_CST);
    case AtomicOp::Eor: return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);
    case AtomicOp::Set: return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);
    case AtomicOp::Swp: return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
    case AtomicOp::Smax: return loop([v](T old) { return std::max(static_cast<S>(old), static_cast<S>(v)); });
    case AtomicOp::Smin: return loop([v](T old) { return std::min(static_cast<S>(old), static_cast<S>(v)); });
    case AtomicOp::Umax: return loop([v](T old) { return std::max(old, v); });
    case AtomicOp::Umin: return loop([v](T old) { return std::min(old, v); });
  }
  return 0;
}

template <typename T>
u64 compare_exchange(GuestAddr at, u64 expected, u64 desired) {
  T old = static_cast<T>(expected);
  __atomic_compare_exchange_n(host<T>(at), &old, static_cast<T>(desired), false, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
  return old;
}
u64 compare_exchange(unsigned bits, GuestAddr at, u64 expected, u64 desired) {
  switch (bits) {
    case 8: return compare_exchange<u8>(at, expected, desired);
    case 16: return compare_exchange<u16>(at, expected, desired);
    case 32: return compare_exchange<u32>(at, expected, desired);
    default: return compare_exchange<u64>(at, expected, desired);
  }
}
// Returns what was there.
Vec compare_exchange(GuestAddr at, const Vec& expected, const Vec& desired) {
  Vec old = expected;
  __asm__ volatile("lock cmpxchg16b %[mem]"
                   : [mem] "+m"(*host<u128>(at)), "+a"(old.d[0]), "+d"(old.d[1])
                   : "b"(desired.d[0]), "c"(desired.d[1])
                   : "cc", "memory");
  return old;
}

u64 load(unsigned bits, GuestAddr at) {
  switch (bits) {
    case 8: return __atomic_load_n(host<u8>(at), __ATOMIC_ACQUIRE);
    case 16: return __atomic_load_n(host<u16>(at), __ATOMIC_ACQUIRE);
    case 32: return __atomic_load_n(host<u32>(at), __ATOMIC_ACQUIRE);
    default: return __atomic_load_n(host<u64>(at), __ATOMIC_ACQUIRE);
  }
}

// Before the load whose value mark() takes.
void observe(CpuState& s, GuestAddr at) {
  s.monitor.version = __atomic_load_n(&s.exclusive_versions[exclusive_index(at)], __ATOMIC_ACQUIRE);
}
void mark(CpuState& s, GuestAddr at, u32 bytes, const Vec& value) {
  s.monitor.addr = at;
  s.monitor.size = bytes;
  s.monitor.value = value;
}
// An atomic operation counts as a store-exclusive does: not while one is being made. That two of them, which
// change a value and change it back, cannot both fall into one claim is enough: a single one is noticed by the
// value.
void count_atomic(CpuState& s, GuestAddr at) {
  u32* entry = &s.exclusive_versions[exclusive_index(at)];
  u32 version = __atomic_load_n(entry, __ATOMIC_RELAXED);
  for (;;) {
    if (version & 1) {
      ::sched_yield();
      version = __atomic_load_n(entry, __ATOMIC_RELAXED);
    } else if (__atomic_compare_exchange_n(entry, &version, version + 2, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED)) {
      // Its own monitor a thread does not open.
      const bool own = s.monitor.size && exclusive_index(s.monitor.addr) == exclusive_index(at);
      if (own && s.monitor.version == version) s.monitor.version += 2;
      return;
    }
  }
}

// A store-exclusive opens the monitor whether it succeeds or not. Where this is true, the granule's version is
// claimed, and release() must follow.
bool claim(CpuState& s, GuestAddr at, u32 bytes) {
  const bool marked = s.monitor.size == bytes && s.monitor.addr == at;
  s.monitor.size = 0;
  if (!marked) return false;
  u32 version = s.monitor.version & ~1u;  // an odd one cannot come back
  u32* entry = &s.exclusive_versions[exclusive_index(at)];
  if (!__atomic_compare_exchange_n(entry, &version, version + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return false;
  s.monitor.claim = entry;
  return true;
}
void release(CpuState& s) {
  u32* entry = s.monitor.claim;
  s.monitor.claim = nullptr;
  __atomic_store_n(entry, *entry + 1, __ATOMIC_RELEASE);
}

}  // namespace

Vec eval_AtomicRmw(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, in.esize / 8)) return {};
  count_atomic(s, at);
  const auto op = static_cast<AtomicOp>(in.imm);
  switch (in.esize) {
    case 8: return integer(modify<u8>(at, op, a[1].d[0]));
    case 16: return integer(modify<u16>(at, op, a[1].d[0]));
    case 32: return integer(modify<u32>(at, op, a[1].d[0]));
    default: return integer(modify<u64>(at, op, a[1].d[0]));
  }
}

Vec eval_Cas(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, in.esize / 8)) return {};
  count_atomic(s, at);
  return integer(compare_exchange(in.esize, at, a[1].d[0], a[2].d[0]));
}

Vec eval_Cas128(CpuState& s, const ir::Inst&, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, 16)) return {};
  count_atomic(s, at);
  return compare_exchange(at, a[1], a[2]);
}

Vec eval_LoadExcl(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, in.esize / 8)) return {};
  observe(s, at);
  const Vec v = integer(load(in.esize, at));
  mark(s, at, in.esize / 8, v);
  return v;
}

Vec eval_LoadExcl128(CpuState& s, const ir::Inst&, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, 16)) return {};
  observe(s, at);
  // Each half is single-copy atomic; that both are of one moment is what the store-exclusive will tell.
  Vec v;
  v.d[0] = __atomic_load_n(host<u64>(at), __ATOMIC_ACQUIRE);
  v.d[1] = __atomic_load_n(host<u64>(at + 8), __ATOMIC_ACQUIRE);
  mark(s, at, 16, v);
  return v;
}

Vec eval_StoreExcl(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, in.esize / 8)) return {};
  if (!claim(s, at, in.esize / 8)) return integer(1);
  const u64 expected = s.monitor.value.d[0];
  const bool failed = compare_exchange(in.esize, at, expected, a[1].d[0]) != expected;
  release(s);
  return integer(failed);
}

Vec eval_StoreExcl128(CpuState& s, const ir::Inst&, const Vec* a) {
  const GuestAddr at = a[0].d[0];
  if (!aligned(s, at, 16)) return {};
  if (!claim(s, at, 16)) return integer(1);
  const bool failed = compare_exchange(at, s.monitor.value, a[1]).q != s.monitor.value.q;
  release(s);
  return integer(failed);
}

Vec eval_ClearExcl(CpuState& s, const ir::Inst&, const Vec*) {
  s.monitor.size = 0;
  return {};
}

}  // namespace veneer::interp
