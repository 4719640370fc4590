// Plain and ordered loads and stores. The address space is the identity: a guest address is a host address,
// and a fault is a host signal while state.pc is that of the guest instruction.
// An ordered access must be aligned (Arm ARM B2.5.2, without LSE2).
#include "translate/interp/alignment.h"
#include "translate/interp/elements.h"
#include "translate/interp/eval_internal.h"
#include "translate/interp/int_operand.h"

namespace veneer::interp {

namespace {

using ir::Order;

GuestAddr address(const ir::Inst& in, const Vec* a) {
  return a[0].d[0] + in.imm;
}

template <typename T>
T* host(GuestAddr address) {
  return reinterpret_cast<T*>(address);  // NOLINT: identity address space
}

// An access of one of these sizes is a single host access, as single-copy atomicity asks of an aligned one.
template <typename T>
T load_as(GuestAddr from) {
  struct [[gnu::packed]] Unaligned {
    T value;
  };
  return static_cast<const volatile Unaligned*>(host<const volatile Unaligned>(from))->value;
}
template <typename T>
void store_as(GuestAddr to, T value) {
  struct [[gnu::packed]] Unaligned {
    T value;
  };
  static_cast<volatile Unaligned*>(host<volatile Unaligned>(to))->value = value;
}

u64 load_bits(GuestAddr from, unsigned bits) {
  switch (bits) {
    case 8: return load_as<u8>(from);
    case 16: return load_as<u16>(from);
    case 32: return load_as<u32>(from);
    default: return load_as<u64>(from);
  }
}

void store_bits(GuestAddr to, unsigned bits, u64 value) {
  switch (bits) {
    case 8: store_as(to, static_cast<u8>(value)); break;
    case 16: store_as(to, static_cast<u16>(value)); break;
    case 32: store_as(to, static_cast<u32>(value)); break;
    default: store_as(to, value); break;
  }
}

}  // namespace

Vec eval_Load(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr from = address(in, a);
  // A load is never passed by a later access on x86, so Acquire needs no more than alignment.
  if (in.order() != Order::Plain && !aligned(s, from, in.esize / 8)) return {};
  u64 v = load_bits(from, in.esize);
  if (in.q) {
    const unsigned shift = 64u - in.esize;
    v = truncate(in, static_cast<u64>(static_cast<s64>(v << shift) >> shift));
  }
  return integer(v);
}

Vec eval_Store(CpuState& s, const ir::Inst& in, const Vec* a) {
  const GuestAddr to = address(in, a);
  if (in.order() != Order::Plain && !aligned(s, to, in.esize / 8)) return {};
  store_bits(to, in.esize, a[1].d[0]);
  // A later load-acquire must not pass a store-release (RCsc); x86 lets loads pass stores.
  if (in.order() != Order::Plain) __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return {};
}

Vec eval_LoadF(CpuState&, const ir::Inst& in, const Vec* a) {
  return integer(load_bits(address(in, a), in.esize));
}

Vec eval_StoreF(CpuState&, const ir::Inst& in, const Vec* a) {
  store_bits(address(in, a), in.esize, a[1].d[0]);
  return {};
}

Vec eval_LoadV(CpuState&, const ir::Inst& in, const Vec* a) {
  Vec v;
  const GuestAddr from = address(in, a);
  v.d[0] = load_as<u64>(from);
  v.d[1] = load_as<u64>(from + 8);
  return v;
}

Vec eval_StoreV(CpuState&, const ir::Inst& in, const Vec* a) {
  const GuestAddr to = address(in, a);
  store_as(to, a[1].d[0]);
  store_as(to + 8, a[1].d[1]);
  return {};
}

Vec eval_AccessElements(CpuState& s, const ir::Inst& in, const Vec* a) {
  const auto access = ir::ElementAccess::of(in);
  const usize bytes = in.esize / 8u;
  each_element(s, access, a, [&](u64 n, GuestAddr at) {
    s.control[access.counter] = n;
    if (n > 0) s.mode = access.started;
    u8* element = reinterpret_cast<u8*>(s.wide) + access.first + n * bytes;
    for (unsigned field = 0; field < access.fields; ++field, at += bytes, element += access.step) {
      u64 value = 0;
      if (access.stores) {
        std::memcpy(&value, element, bytes);
        store_bits(at, in.esize, value);
      } else {
        value = load_bits(at, in.esize);
        std::memcpy(element, &value, bytes);
      }
    }
  });
  return {};
}

Vec eval_Fence(CpuState&, const ir::Inst& in, const Vec*) {
  if (static_cast<ir::Barrier>(in.imm) == ir::Barrier::Full) __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return {};
}

Vec eval_ExpectAlign(CpuState& s, const ir::Inst& in, const Vec* a) {
  if (!aligned(s, a[0].d[0], in.imm)) s.fault_signal = kExpectationFailed;
  return {};
}

Vec eval_CheckAlign(CpuState& s, const ir::Inst& in, const Vec* a) {
  aligned(s, a[0].d[0], in.imm);
  return {};
}

}  // namespace veneer::interp
