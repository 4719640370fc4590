// Bytes and elements of wide registers where they lie in CpuState.
#include <bit>

#include "translate/ir/element_access.h"
#include "translate/tier1/emit.h"
#include "translate/tier1/vec_ops.h"

namespace veneer::tier1 {

namespace {

// What lies around the registers may be read, too: it is CpuState's.
constexpr usize kFarthest = 256;
static_assert(offsetof(CpuState, wide) >= kFarthest);
static_assert(offsetof(CpuState, wide) + sizeof(CpuState::wide) + kFarthest + sizeof(Vec) <= sizeof(CpuState));

// Number `index`, of `size` bytes, from a byte on.
Mem wide_at(u64 first, Gp index, unsigned size) {
  Mem m = state_mem(offsetof(CpuState, wide) + first, size);
  m.setIndex(index, static_cast<u32>(std::countr_zero(size)));
  return m;
}

void load_zeroed(Emitter& e, Gp to, const Mem& from) {
  switch (from.size()) {
    case 1:
    case 2: e.a.movzx(to.r32(), from); break;
    case 4: e.a.mov(to.r32(), from); break;
    default: e.a.mov(to, from); break;
  }
}
void store_low(Emitter& e, const Mem& to, Gp from) {
  switch (to.size()) {
    case 1: e.a.mov(to, from.r8()); break;
    case 2: e.a.mov(to, from.r16()); break;
    case 4: e.a.mov(to, from.r32()); break;
    default: e.a.mov(to, from); break;
  }
}

}  // namespace

void emit_LoadWide(Emitter& e, const Inst& in, Value v) {
  Mem m = state_mem(offsetof(CpuState, wide) + in.imm, 16);
  m.setIndex(e.use_gp(in.args[0]));
  const Xmm d = e.def_vec(v);
  e.host.avx ? e.a.vmovups(d, m) : e.a.movups(d, m);
}

void emit_LoadWideLanes(Emitter& e, const Inst& in, Value v) {
  const Xmm x = e.use_vec(in.args[0]);
  const Gp t = e.temp_gp();
  const Xmm d = e.def_vec_early(v);
  const unsigned size = in.esize / 8u;
  const Mem m = wide_at(in.imm, t, size);
  zero(e, d);
  for (int i = 0; i < static_cast<int>(16 / size); ++i) switch (in.esize) {
      case 8:
        e.host.avx ? e.a.vpextrb(t.r32(), x, i) : e.a.pextrb(t.r32(), x, i);
        e.host.avx ? e.a.vpinsrb(d, d, m, i) : e.a.pinsrb(d, m, i);
        break;
      case 16:
        e.host.avx ? e.a.vpextrw(t.r32(), x, i) : e.a.pextrw(t.r32(), x, i);
        e.host.avx ? e.a.vpinsrw(d, d, m, i) : e.a.pinsrw(d, m, i);
        break;
      case 32:
        e.host.avx ? e.a.vpextrd(t.r32(), x, i) : e.a.pextrd(t.r32(), x, i);
        e.host.avx ? e.a.vpinsrd(d, d, m, i) : e.a.pinsrd(d, m, i);
        break;
      default:
        e.host.avx ? e.a.vpextrq(t, x, i) : e.a.pextrq(t, x, i);
        e.host.avx ? e.a.vpinsrq(d, d, m, i) : e.a.pinsrq(d, m, i);
        break;
    }
}

void emit_PackWide(Emitter& e, const Inst& in, Value v) {
  e.clobber_flags();
  const unsigned size = in.esize / 8u;
  const Gp bits = e.use_gp(in.args[0]), left = e.temp_gp(), n = e.temp_gp(), t = e.temp_gp();
  const Gp count = e.def_gp_copy(v, in.args[1]);
  const Label loop = e.a.newLabel(), done = e.a.newLabel();
  e.a.test(bits, bits);
  e.a.jz(done);
  e.a.mov(left, bits);
  e.a.bind(loop);
  e.host.bmi1 ? e.a.tzcnt(n, left) : e.a.bsf(n, left);
  load_zeroed(e, t, wide_at(static_cast<u32>(in.imm), n, size));
  store_low(e, wide_at(in.imm >> 32, count, size), t);
  e.a.inc(count);
  if (e.host.bmi1) {
    e.a.blsr(left, left);
  } else {
    e.a.lea(t, x86::ptr(left, -1));
    e.a.and_(left, t);
  }
  e.a.jnz(loop);
  e.a.bind(done);
}

// A loop: most of what it does is the accesses, of which there are as many however it is written.
void emit_AccessElements(Emitter& e, const Inst& in, Value) {
  const auto access = ir::ElementAccess::of(in);
  const unsigned size = in.esize / 8u;
  e.clobber_flags();
  e.begin_access();
  const bool indexed = access.index_bytes != 0;
  u64 known_count = 0;
  s32 known_distance = 0;
  const bool is_count_known = e.const_any(in.args[2], known_count);
  const bool is_distance_known = e.const_s32(in.args[1], known_distance);
  const Gp base = e.use_gp(in.args[0]);
  const Gp count = is_count_known ? Gp() : e.use_gp(in.args[2]);
  const Gp distance = is_distance_known ? Gp() : e.use_gp(in.args[1]);
  const Gp n = e.temp_gp(), t = e.temp_gp(), at = e.temp_gp();
  const Label loop = e.a.newLabel(), next = e.a.newLabel(), done = e.a.newLabel();
  const Mem counter = state_mem(offsetof(CpuState, control) + access.counter * sizeof(u64), 8);
  e.a.xor_(n.r32(), n.r32());
  if (!is_count_known) {
    e.a.test(count, count);
    e.a.jz(done);
  } else if (known_count == 0) {
    return;
  }
  e.a.mov(at, base);
  e.a.bind(loop);
  if (access.masked) {
    e.a.mov(t.r32(), n.r32());
    e.a.shr(t.r32(), 5);
    e.a.mov(t.r32(), wide_at(0, t, 4));
    e.a.bt(t.r32(), n.r32());
    e.a.jnc(next);
  }
  e.a.mov(counter, n);
  if (indexed) {
    load_zeroed(e, at, wide_at(access.index, n, access.index_bytes));
    e.a.add(at, base);
  }
  for (unsigned field = 0; field < access.fields; ++field) {
    const Mem element = wide_at(access.first + u64{field} * access.step, n, size);
    const Mem memory = x86::Mem(at, static_cast<s32>(field * size), size);
    if (access.stores) {
      load_zeroed(e, t, element);
      e.may_fault();
      store_low(e, memory, t);
    } else {
      e.may_fault();
      load_zeroed(e, t, memory);
      store_low(e, element, t);
    }
  }
  e.a.bind(next);
  if (!indexed) is_distance_known ? e.a.add(at, known_distance) : e.a.add(at, distance);
  e.a.mov(state_mem(offsetof(CpuState, mode), 1), access.started);
  e.a.inc(n);
  is_count_known ? e.a.cmp(n, static_cast<u32>(known_count)) : e.a.cmp(n, count);
  e.a.jb(loop);
  e.a.bind(done);
}

}  // namespace veneer::tier1
