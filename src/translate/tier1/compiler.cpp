#include "translate/tier1/compiler.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "translate/tier1/pinning.h"

namespace veneer::tier1 {

namespace {

constexpr unsigned kEntryNopSize = 5;  // patched to a jump (code_patch.h)
constexpr u32 kLoopWeight = 8;

// Registers' masks that a block may leave dirty, by host register.
struct Dirty {
  u16 gprs = 0, vecs = 0;
  bool merge(Dirty o) {
    const Dirty old = *this;
    gprs |= o.gprs;
    vecs |= o.vecs;
    return old.gprs != gprs || old.vecs != vecs;
  }
};

Dirty written_in(const ir::Block& block, const PinMap& pins) {
  Dirty d;
  for (const Inst& in : block.insts) {
    if (in.op != Op::SetReg) continue;
    const ir::Reg r = in.reg();
    if (ir::is_gpr(r) && pins.gpr_of[r] >= 0) d.gprs |= static_cast<u16>(1u << pins.gpr_of[r]);
    if (ir::is_vec(r) && pins.vec_of[r - ir::kRegVec0] >= 0)
      d.vecs |= static_cast<u16>(1u << pins.vec_of[r - ir::kRegVec0]);
  }
  return d;
}

// How a block treats NZCV: what the first op that concerns it is.
struct FlagsUse {
  bool reads_first = false, writes = false;
};
FlagsUse flags_use(const ir::Block& block, bool faults_read) {
  FlagsUse u;
  for (const Inst& in : block.insts) {
    if (faults_read && !u.writes && ir::info(in.op).props & ir::M) u.reads_first = true;
    if ((in.op != Op::GetReg && in.op != Op::SetReg) || in.reg() != ir::kRegNzcv) continue;
    if (in.op == Op::GetReg && !u.writes) u.reads_first = true;
    if (in.op == Op::SetReg) u.writes = true;
  }
  return u;
}

bool changes_fp_mode(const ir::Block& block) {
  return std::any_of(block.insts.begin(), block.insts.end(), [](const Inst& in) {
    return in.op == Op::WriteSys && static_cast<ir::SysReg>(in.imm) == ir::SysReg::Fpcr;
  });
}

}  // namespace

// The compilation of one unit->
struct Compiler::Internal {
  struct Site {
    u32 link;
    usize offset;  // of the rel32
    Label stub;
  };
  struct Leave {  // out of line: to the run loop at this pc
    Label label;
    GuestAddr pc;
    Exit exit;
    Dirty dirty;
  };

  const Routines& routines;
  CompileHost callbacks;
  asmjit::CodeHolder code;
  x86::Assembler a;
  Emitter e;

  // Of the unit being compiled; what they have grown to is kept.
  Unit* unit = nullptr;
  std::span<const ir::Block> blocks;
  PinMap pins;
  Label leave_at_entry;
  std::vector<Label> labels;
  std::vector<Dirty> dirty_in;
  std::vector<u8> flags_in, loop_head;
  std::vector<Emitter::Edge> edges;
  std::vector<Site> sites;
  std::vector<Leave> leaves;

  Internal(const HostFeatures& host, const Routines& r, KeptInsts& kept, CompileHost c)
      : routines(r), callbacks(std::move(c)), e(a, host, r, kept, callbacks.model) {}

  void begin(Unit& u, std::span<const ir::Block> b, u8* base) {
    unit = &u;
    blocks = b;
    labels.clear();
    edges.clear();
    sites.clear();
    leaves.clear();
    code.reset(asmjit::ResetPolicy::kSoft);
    code.init(asmjit::Environment::host(), reinterpret_cast<u64>(base));  // NOLINT: the code's address
    code.attach(&a);
    pins = PinMap{};
    u.pins = &kNoPins;
    e.begin_unit(u, pins);
  }

  int index_of(GuestAddr pc, u8 mode) const {
    for (usize i = 0; i < blocks.size(); ++i)
      if (blocks[i].pc == pc && blocks[i].mode.same_as(mode)) return static_cast<int>(i);
    return -1;
  }

  // Successors within the unit->
  std::vector<usize> successors(usize i) const {
    std::vector<usize> out;
    if (!unit->region) return out;
    const ir::Block& b = blocks[i];
    const Inst& t = b.insts.back();
    auto add = [&](GuestAddr pc, u8 mode) {
      if (int s = index_of(pc, mode); s >= 0) out.push_back(static_cast<usize>(s));
    };
    if (t.op == Op::Branch && static_cast<ir::BranchKind>(t.aux) == ir::BranchKind::Jump && !changes_fp_mode(b))
      add(t.imm, b.mode.out);
    if (t.op == Op::BranchCond) {
      add(t.imm, b.mode.out);
      add(b.end_pc, b.mode.out);
    }
    if (t.op == Op::BranchMode) {
      add(t.imm, t.aux);
      add(t.imm, t.esize);
    }
    return out;
  }

  void analyse(bool pinning) {
    const usize n = blocks.size();
    loop_head.assign(n, false);
    dirty_in.assign(n, {});
    flags_in.assign(n, false);
    // Code that runs seldom is not worth the time to choose pins for.
    if (unit->counts) return;
    std::vector<u32> weights(n, 1);
    for (usize i = 0; i < n; ++i)
      for (usize s : successors(i))
        if (s <= i) {
          loop_head[s] = true;
          for (usize k = s; k <= i; ++k) weights[k] = std::min<u32>(weights[k] * kLoopWeight, 4096);
        }
    if (pinning) {
      pins = choose_pins(blocks, weights);
      unit->pins = &pins;
    }

    std::vector<Dirty> written;
    std::vector<FlagsUse> flags;
    for (const ir::Block& b : blocks) {
      written.push_back(written_in(b, pins));
      flags.push_back(flags_use(b, unit->keep_flags_for_faults));
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (usize i = 0; i < n; ++i) {
        Dirty out = dirty_in[i];
        out.merge(written[i]);
        for (usize s : successors(i)) changed |= dirty_in[s].merge(out);
      }
      for (usize i = n; i-- > 0;) {
        const bool live = flags[i].reads_first || (!flags[i].writes && flags_out(i));
        if (live && !flags_in[i]) {
          flags_in[i] = 1;
          changed = true;
        }
      }
    }
  }

  bool flags_live_at(GuestAddr pc, u8 mode) const {
    if (unit->region)
      if (int i = index_of(pc, mode); i >= 0) return flags_in[static_cast<usize>(i)];
    return callbacks.flags_live_at(pc);
  }

  bool flags_out(usize i) const {
    const ir::Block& b = blocks[i];
    const Inst& t = b.insts.back();
    switch (t.op) {
      case Op::Branch: return flags_live_at(t.imm, b.mode.out);
      case Op::BranchCond: return flags_live_at(t.imm, b.mode.out) || flags_live_at(b.end_pc, b.mode.out);
      case Op::BranchMode: return flags_live_at(t.imm, t.aux) || flags_live_at(t.imm, t.esize);
      default: return true;
    }
  }

  // --- leaving -------------------------------------------------------------------------------------------

  void set_pc(GuestAddr pc) {
    if (pc <= 0x7fffffff) {
      a.mov(state_mem(offsetof(CpuState, pc), 8), pc);
      return;
    }
    a.mov(x86::rax, pc);
    a.mov(state_mem(offsetof(CpuState, pc), 8), x86::rax);
  }

  void jump_to(u64 address) { a.jmp(asmjit::imm(address)); }

  void leave(Exit exit) {
    a.mov(state_mem(offsetof(CpuState, exit), 4), static_cast<u32>(exit));
    jump_to(routines.leave);
  }

  // A patchable jump or call: its displacement lies within eight aligned bytes, so that it changes at once.
  void link(GuestAddr target, bool call) {
    while ((a.offset() + 1) % 8 > 4) a.nop();
    const u32 number = callbacks.new_link(*unit, target);
    const Label stub = a.newLabel();
    sites.push_back({number, a.offset() + 1, stub});
    if (call) {
      a.call(stub);
    } else {
      a.long_().jmp(stub);
    }
  }

  void push_return(GuestAddr pc) {
    if (pc <= 0x7fffffff) {
      a.push(asmjit::imm(pc));
      return;
    }
    a.mov(x86::rax, pc);
    a.push(x86::rax);
  }

  // Behind a call: the callee has returned here, by way of the host's own return.
  void landing(GuestAddr pc) {
    a.lea(x86::rsp, x86::ptr(x86::rsp, 8));
    link(pc, false);
  }

  void exit_to(GuestAddr target, Dirty dirty) {
    e.store_dirty(dirty.gprs, dirty.vecs);
    link(target, false);
  }

  // --- the parts of a unit -------------------------------------------------------------------------------

  void poll(GuestAddr pc, Dirty dirty) {
    const Label pending = a.newLabel();
    a.cmp(state_mem(offsetof(CpuState, pending), 1), 0);
    a.jne(pending);
    leaves.push_back({pending, pc, Exit::Pending, dirty});
  }

  void entry() {
    a.embed("\x0f\x1f\x44\x00\x00", kEntryNopSize);  // one five-byte nop
    leave_at_entry = a.newLabel();
    if (unit->one_mode) {
      a.cmp(state_mem(offsetof(CpuState, mode), 1), unit->isa_mode);
      a.jne(leave_at_entry);
    }
    if (unit->counts) {
      a.sub(e.data_at(unit->count, 4, x86::rax), 1);
      a.js(leave_at_entry);
    }
    a.cmp(state_mem(offsetof(CpuState, pending), 1), 0);
    a.jne(leave_at_entry);
    if (unit->region) e.load_pins();
  }

  void edge(const Emitter::Edge& edge_out, int next) {
    e.store_edge_flags(edge_out);
    const int i = unit->region ? index_of(edge_out.target, edge_out.mode) : -1;
    if (i < 0) {
      exit_to(edge_out.target, {edge_out.dirty_gprs, edge_out.dirty_vecs});
    } else if (i != next) {
      a.jmp(labels[static_cast<usize>(i)]);
    }
  }

  struct Target {
    GuestAddr pc;
    u8 mode;
  };
  // To one where the condition is true, otherwise to the other.
  void branch_cond(const Inst& t, Target yes, Target no, int next) {
    e.begin_terminator(t.args[0]);
    e.prepare_cond(t.args[0]);
    const HostCond cond = e.use_cond(t.args[0]);
    const auto edge_to = [&](Target to) { return e.make_edge(to.pc, to.mode, flags_live_at(to.pc, to.mode)); };
    Emitter::Edge taken = edge_to(yes), fall = edge_to(no);
    const int taken_at = unit->region ? index_of(yes.pc, yes.mode) : -1,
              fall_at = unit->region ? index_of(no.pc, no.mode) : -1;
    // One way is jumped to, the other is laid out here: what follows anyway, or else what leaves the unit.
    const bool inverted = taken_at == next || (taken_at < 0 && fall_at >= 0 && fall_at != next);
    Emitter::Edge& away = inverted ? fall : taken;
    const int at = inverted ? fall_at : taken_at;
    const bool out_of_line = at < 0 || away.store_flags;
    if (out_of_line) {
      away.label = a.newLabel();
      edges.push_back(away);
    }
    const Label to = out_of_line ? away.label : labels[static_cast<usize>(at)];
    inverted ? e.jump_unless(cond, to) : e.jump_if(cond, to);
    edge(inverted ? taken : fall, next);
  }

  void branch(const ir::Block& b, const Inst& t, int next) {
    e.flush_flags_if(flags_live_at(t.imm, b.mode.out));
    const auto kind = static_cast<ir::BranchKind>(t.aux);
    if (kind == ir::BranchKind::Refetch) {
      // By the unit's entry, even if it is in this one: which may have been dropped.
      e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
      link(t.imm, false);
    } else if (kind == ir::BranchKind::Call) {
      e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
      push_return(b.end_pc);
      link(t.imm, true);
      landing(b.end_pc);
    } else if (changes_fp_mode(b)) {
      e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
      set_pc(t.imm);
      leave(Exit::Continue);
    } else {
      edge(e.make_edge(t.imm, b.mode.out, false), next);
    }
  }

  // The target is in rcx: by the jump cache, which is looked up right here.
  void dispatch() {
    const Label miss = a.newLabel();
    a.mov(x86::eax, x86::ecx);
    const unsigned shift = callbacks.alignment_bits;
    a.and_(x86::eax, static_cast<u32>((kJumpCacheSize - 1) << shift));
    a.mov(x86::rdx, state_mem(offsetof(CpuState, jump_cache), 8));
    static_assert(sizeof(JumpCacheEntry) == 16);
    a.lea(x86::rdx, x86::ptr(x86::rdx, x86::rax, 4 - shift));
    a.cmp(x86::rcx, x86::qword_ptr(x86::rdx));
    a.jne(miss);
    a.jmp(x86::qword_ptr(x86::rdx, offsetof(JumpCacheEntry, code)));
    a.bind(miss);
    jump_to(routines.indirect);
  }

  // Where cold code goes is remembered, for when it has become hot.
  void count_target() {
    const Label other = a.newLabel(), counted = a.newLabel();
    const Mem target = e.data_at(unit->profile, 8, x86::rax);
    static_assert(offsetof(IndirectProfile, target) == 0);
    Mem times = target.cloneAdjusted(offsetof(IndirectProfile, times));
    times.setSize(4);
    a.cmp(target, x86::rcx);
    a.jne(other);
    a.add(times, 1);
    a.jmp(counted);
    a.bind(other);
    a.mov(target, x86::rcx);
    a.mov(times, 0);
    a.bind(counted);
  }

  // An inline cache: jumps to `other` unless rcx is the target.
  void expect_target(GuestAddr target, const Label& other) {
    if (target <= 0x7fffffff) {
      a.cmp(x86::rcx, target);
    } else {
      a.mov(x86::rdx, target);
      a.cmp(x86::rcx, x86::rdx);
    }
    a.jne(other);
  }

  void indirect_jump(GuestAddr usual) {
    if (usual) {
      const Label other = a.newLabel();
      expect_target(usual, other);
      link(usual, false);
      a.bind(other);
    }
    dispatch();
  }

  void indirect_call(const ir::Block& b, GuestAddr usual) {
    const Label other = a.newLabel(), landed = a.newLabel(), thunk = a.newLabel();
    push_return(b.end_pc);
    if (usual) {
      expect_target(usual, other);
      link(usual, true);
      a.bind(landed);
      landing(b.end_pc);
      a.bind(other);
    }
    a.call(thunk);
    usual ? static_cast<void>(a.jmp(landed)) : landing(b.end_pc);
    a.bind(thunk);
    dispatch();
  }

  void branch_ind(const ir::Block& b, const Inst& t) {
    e.flush_flags();
    e.take_gp(kRcx);
    a.mov(x86::rcx, e.use_gp(t.args[0]));
    e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
    const auto kind = static_cast<ir::BranchKind>(t.aux);
    if (unit->counts && kind != ir::BranchKind::Return) count_target();
    const GuestAddr usual = unit->counts ? 0 : callbacks.usual_target(b.pc, *unit);
    switch (kind) {
      case ir::BranchKind::Jump:
      case ir::BranchKind::Refetch: indirect_jump(usual); break;
      case ir::BranchKind::Call: indirect_call(b, usual); break;
      case ir::BranchKind::Return: {
        const Label mismatch = a.newLabel();
        a.cmp(x86::rcx, x86::qword_ptr(x86::rsp, 8));
        a.jne(mismatch);
        a.ret();
        a.bind(mismatch);
        a.mov(x86::rsp, state_mem(offsetof(CpuState, ras_base), 8));
        dispatch();
        break;
      }
    }
  }

  void terminator(const ir::Block& b, int next) {
    const Inst& t = b.insts.back();
    switch (t.op) {
      case Op::Branch: branch(b, t, next); break;
      case Op::BranchCond: branch_cond(t, {t.imm, b.mode.out}, {b.end_pc, b.mode.out}, next); break;
      case Op::BranchMode: branch_cond(t, {t.imm, t.aux}, {t.imm, t.esize}, next); break;
      case Op::BranchAnyMode:
        e.flush_flags();
        e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
        set_pc(t.imm);
        leave(Exit::Continue);
        break;
      case Op::BranchInd: branch_ind(b, t); break;
      default: {
        e.flush_flags();
        e.store_dirty(e.dirty_gprs(), e.dirty_vecs());
        const bool syscall = t.op == Op::Syscall;
        set_pc(syscall ? b.end_pc : e.guest_pc());
        a.mov(state_mem(offsetof(CpuState, exit_info), 4),
              static_cast<u32>(syscall ? t.imm : t.aux | t.imm << 8));
        leave(syscall ? Exit::Syscall : Exit::Trap);
      }
    }
    e.end_inst();
  }

  void body() {
    for (usize i = 0; i < blocks.size(); ++i) {
      const ir::Block& b = blocks[i];
      a.bind(labels[i]);
      if (loop_head[i]) poll(b.pc, dirty_in[i]);
      e.begin_block(b, unit->region, dirty_in[i].gprs, dirty_in[i].vecs, flags_out(i));
      e.emit_body();
      terminator(b, static_cast<int>(i) + 1);
    }
  }

  void out_of_line() {
    for (usize i = 0; i < edges.size(); ++i) {
      a.bind(edges[i].label);
      edge(edges[i], -1);
    }
    e.emit_cold();
    for (const Leave& l : leaves) {
      a.bind(l.label);
      e.store_dirty(l.dirty.gprs, l.dirty.vecs);
      set_pc(l.pc);
      leave(l.exit);
    }
    unit->leave_offset = static_cast<u32>(a.offset());
    a.bind(leave_at_entry);
    a.call(asmjit::imm(routines.entry));
    for (const Site& s : sites) {
      a.bind(s.stub);
      a.mov(x86::eax, s.link);
      jump_to(routines.link);
    }
  }

  usize run(std::span<u8> space, bool pinning) {
    for (usize i = 0; i < blocks.size(); ++i) labels.push_back(a.newLabel());
    analyse(pinning);
    entry();
    body();
    out_of_line();
    code.flatten();
    code.resolveUnresolvedLinks();
    if (code.codeSize() > space.size()) return 0;
    code.relocateToBase(reinterpret_cast<u64>(space.data()));  // NOLINT: the code's address
    const usize size = code.codeSize();
    code.copyFlattenedData(space.data(), space.size());
    unit->code = space.data();
    unit->size = static_cast<u32>(size);
    for (const Site& s : sites) {
      Link& l = callbacks.link(s.link);
      l.site = static_cast<u32>(s.offset);
      l.stub = static_cast<u32>(code.labelOffset(s.stub));
    }
    return size;
  }
};

Compiler::Compiler(const HostFeatures& host, const Routines& routines, KeptInsts& kept, CompileHost callbacks)
    : internal_(std::make_unique<Internal>(host, routines, kept, std::move(callbacks))) {}

Compiler::~Compiler() = default;

std::span<const FaultPoint> Compiler::faults() const {
  return internal_->e.faults();
}

usize Compiler::compile(Unit& unit, std::span<const ir::Block> blocks) {
  const std::span<u8> space = internal_->callbacks.space();
  const auto attempt = [&](bool pinning) {
    internal_->begin(unit, blocks, space.data());
    return internal_->run(space, pinning);
  };
  try {
    return attempt(true);
  } catch (const Emitter::OutOfRegisters&) {
    return attempt(false);
  }
}

}  // namespace veneer::tier1
