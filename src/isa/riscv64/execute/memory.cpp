// Loads and stores by elements (Unprivileged ISA 31.7). A fault finds in vstart the element at which it
// happened.
#include <algorithm>
#include <csignal>

#include "isa/riscv64/execute/executor.h"
#include "translate/interp/eval.h"

namespace veneer::rv64 {

namespace {

enum Mop : u32 { kUnit, kIndexedUnordered, kStrided, kIndexedOrdered };
constexpr u32 kWholeRegister = 8, kMask = 11, kFaultOnlyFirst = 16;

// A single host access, of what is aligned.
template <typename T>
struct [[gnu::packed]] Unaligned {
  T value;
};
template <typename T>
u64 load_as(GuestAddr from) {
  return reinterpret_cast<const volatile Unaligned<T>*>(from)->value;  // NOLINT: identity address space
}
template <typename T>
void store_as(GuestAddr to, u64 value) {
  reinterpret_cast<volatile Unaligned<T>*>(to)->value = static_cast<T>(value);  // NOLINT
}
u64 load(GuestAddr from, unsigned bits) {
  switch (bits) {
    case 8: return load_as<u8>(from);
    case 16: return load_as<u16>(from);
    case 32: return load_as<u32>(from);
    default: return load_as<u64>(from);
  }
}
void store(GuestAddr to, unsigned bits, u64 value) {
  switch (bits) {
    case 8: return store_as<u8>(to, value);
    case 16: return store_as<u16>(to, value);
    case 32: return store_as<u32>(to, value);
    default: return store_as<u64>(to, value);
  }
}

// What the host would not tell the address of.
bool is_canonical(GuestAddr at) {
  return (at + (u64{1} << 47)) >> 48 == 0;
}
bool fault_at(CpuState& s, GuestAddr at) {
  s.exit = Exit::Fault;
  s.fault_signal = SIGSEGV;
  s.fault_code = SEGV_MAPERR;
  s.fault_addr = at;
  return true;
}

// Whether bytes can be read, of which the last page asked about is remembered.
class Readable {
 public:
  bool all(GuestAddr at, u64 size) { return page_of(at) && page_of(at + size - 1); }

 private:
  bool page_of(GuestAddr at) {
    constexpr u64 kPage = 4096;
    if (at / kPage == page_) return true;
    if (!interp::is_readable(at)) return false;
    page_ = at / kPage;
    return true;
  }
  u64 page_ = ~u64{0};
};

}  // namespace

bool execute_memory(Execution& e) {
  constexpr u32 kLoads = 0x07, kStores = 0x27;
  const u32 opcode = e.i.raw & 0x7f;
  if (opcode != kLoads && opcode != kStores) return false;
  CpuState& s = e.s;
  const bool loads = opcode == kLoads;
  const unsigned width = e.i.rm() == 0 ? 8 : 8u << (e.i.rm() - 4);
  const u32 mop = e.i.bits(27, 26), kind = mop == kUnit ? e.i.rs2() : 0;
  const bool indexed = mop == kIndexedUnordered || mop == kIndexedOrdered;
  unsigned bits = indexed ? e.sew : width, fields = e.i.bits(31, 29) + 1;
  u64 count = e.vl;
  if (kind == kWholeRegister) {
    count = u64{fields} * s.wide_bytes / (bits / 8);
    fields = 1;
  } else if (kind == kMask) {
    count = (e.vl + 7) / 8;
  }
  // Registers of one field.
  const int emul = e.mode.lmul() + __builtin_ctz(bits) - e.mode.log2_sew();
  const unsigned step = emul > 0 ? 1u << emul : 1;
  const unsigned bytes = bits / 8;
  u64 trimmed = count;
  Readable readable;
  for (u64 n = e.vstart; n < count; ++n) {
    s.control[kVstart] = n;
    s.mode = n == 0 ? e.mode.bits() : e.mode.type().with(VectorMode::kStarted).bits();
    if (!e.active(n)) continue;
    GuestAddr at = e.scalar;
    switch (mop) {
      case kUnit: at += n * fields * bytes; break;
      case kStrided: at += n * e.stride; break;
      default: at += e.get(e.vs2(), width, n); break;
    }
    at = e.without_tag(at);
    if (kind == kFaultOnlyFirst && n > 0 && !readable.all(at, u64{fields} * bytes)) {
      trimmed = n;
      break;
    }
    if (!is_canonical(at)) return fault_at(s, at);
    for (unsigned f = 0; f < fields; ++f) {
      const unsigned reg = e.vd() + f * step;
      if (loads) {
        e.set(reg, bits, n, load(at + f * bytes, bits));
      } else {
        store(at + f * bytes, bits, e.get(reg, bits, n));
      }
    }
  }
  s.control[kVstart] = 0;
  if (kind == kFaultOnlyFirst && trimmed < e.vl) s.control[kVl] = trimmed;
  update_mode(s);
  return true;
}

}  // namespace veneer::rv64
