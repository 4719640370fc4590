// Emits the host code of IR values of one block after another: where each value is, which host registers are
// free, what the host's flags hold. The emit_*.cpp files, one a family of operations, are written against this.
//
// Reading and writing. An emit function reads each argument of its instruction exactly once, with use_*(), and
// writes its result with def_*(). Registers handed out stay as they are until the function returns. A result
// register may be that of an argument that is not needed any more, so it must be written by the last host
// instruction that reads an argument, unless it was asked for with def_*_early().
//
// Flags. A function whose host code changes EFLAGS calls clobber_flags() first, before any use_*().
#pragma once

#include <array>
#include <vector>

#include "translate/ir/ir.h"
#include "translate/tier1/constants.h"
#include "translate/tier1/host_features.h"
#include "translate/tier1/kept_insts.h"
#include "translate/tier1/registers.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

using asmjit::Label;
using ir::Inst;
using ir::Op;
using ir::Type;
using ir::Value;
using x86::Gp;
using x86::Mem;
using x86::Xmm;

// What EFLAGS hold of an A64 NZCV value.
enum class FlagsKind : u8 {
  Sub,       // after CMP or SUB: CF is inverted C
  Add,       // after ADD, or logic with C = V = 0
  FcmpFwd,   // after UCOMIS a, b
  FcmpSwap,  // after UCOMIS b, a
};

// A host condition; some FP conditions need the parity flag as well.
struct HostCond {
  x86::CondCode cc = x86::CondCode::kZ;
  enum class Parity : u8 { Ignore, AndNotSet, OrSet } parity = Parity::Ignore;
};

// Addresses of the shared routines that translated code jumps to (trampolines.h).
struct Routines {
  u64 leave = 0;     // to the run loop; state.exit and pc are set
  u64 link = 0;      // eax: number of a Link that wants its target
  u64 indirect = 0;  // rcx: guest pc, not in the jump cache
  u64 entry = 0;     // called by a unit that is to be left at its entry
  u64 fallback = 0;  // called: evaluates state.fallback_inst on state.scratch
  u64 abandon = 0;   // where a fault within a fallback continues
  u64 left = 0;      // the end of leave, for who is not on the return-address stack
};

// How emitted code names what is not code: by its address; or, in an image, which any process maps anywhere, by
// its distance, all of it being in the image.
enum class CodeModel : u8 { Absolute, Image };

class Emitter {
 public:
  // An instruction wants more temporaries than the unit's pins leave: compile it without pins.
  struct OutOfRegisters {};
  // Its host code names a table of veneer's own, where no image reaches.
  struct NotForImages {};

  Emitter(x86::Assembler& assembler, const HostFeatures& features, const Routines& routines, KeptInsts& kept,
          CodeModel model);

  x86::Assembler& a;
  const HostFeatures& host;

  // --- values in general registers, as 64-bit names
  Gp use_gp(Value v);                 // above the type's width: anything
  Gp use_gp_clean(Value v);           // I32: the upper half is zero
  bool const_s32(Value v, s32& out);  // a constant that fits an immediate; counts as the use when true
  bool const_any(Value v, u64& out);  // any constant, the same way
  Gp def_gp(Value v);
  Gp def_gp_early(Value v);
  Gp def_gp_copy(
      Value v, Value from);  // reads `from` (its use); starts out as a copy of it; no other argument's register
  Gp temp_gp();
  Gp take_gp(unsigned host_register);  // frees rax, rcx or rdx and hands it out. Before any use_*()
  void def_gp_in(Value v, Gp reg);     // the result is in a temporary that was handed out
  void alias(Value v, Value same);     // v is the low bits of `same` (its use): no code

  // --- values in vector registers: V128, or a scalar in the low bits
  Xmm use_vec(Value v);
  Xmm def_vec(Value v);
  Xmm def_vec_early(Value v);
  Xmm def_vec_copy(Value v, Value from);
  Xmm temp_vec();
  void release(const Xmm& operand) { unlock(vec_, operand.id()); }  // is not read any more by this instruction
  Xmm take_vec(unsigned host_register);                             // as take_gp
  void move_vec(Xmm to, Xmm from);
  void zero_above(Xmm to, Xmm from, Type type);  // the low bits of a scalar type, zero above
  // Is this an addition or a shift that its one reader does itself, by its address or LEA?
  bool is_folded(Value v) const { return folded_[v.id] != 0; }
  // Of a folded shift: its operand, and the scale as x86 encodes it.
  Gp use_scaled(Value shift, unsigned& scale);
  // The bits of the result above its type are zero, in the register that holds it.
  void mark_clean(Value v) { clean_[v.id] = 1; }
  bool is_clean(Value v) const { return clean_[v.id] != 0; }
  static Mem constant(VecConst c) {
    return state_mem(offsetof(CpuState, constants) + static_cast<usize>(c) * sizeof(Vec), 16);
  }

  // --- addresses of data
  // Into a register: of what lies beside the code in an image.
  void load_address(Gp to, const void* data);
  // As an operand, for which the register may be used.
  Mem data_at(const void* data, u32 size, Gp temp);
  // Into a register: of a table of veneer's own.
  void load_table_address(Gp to, const void* table);

  // --- memory operands
  // The address arg0 + imm of a memory instruction, folding additions and a scaled index where possible.
  Mem use_address(const Inst& in, u32 size);
  // First of all in an instruction that accesses guest memory.
  void begin_access();
  // Directly before the one host instruction that does it.
  void may_fault();

  // --- flags and conditions
  void clobber_flags();
  void flags_are(Value v, FlagsKind kind);  // EFLAGS now hold v
  // For host code that reads EFLAGS and then changes them: what they hold stays, and is put into a register,
  // too, if anyone else wants it; afterwards flags_changed().
  void back_up_flags(bool for_carry = false);
  void flags_changed() { eflags_value_ = -1; }
  // The carry of condition value c (CS of some flags) into CF, inverted if asked for. The next instruction uses
  // it; call prepare_cond first.
  void carry_to_cf(Value c, bool inverted);
  void prepare_cond(Value c);  // does beforehand what use_cond would need registers for
  HostCond use_cond(Value c);  // emits what sets EFLAGS; the next instruction may use them
  void jump_if(HostCond c, Label target);
  void jump_unless(HostCond c, Label target);

  // --- by the reference, through memory
  void fallback(Value v, const Inst& in);
  // Out of line: evaluates `in` by the reference on arguments that are in these registers (Gp or Xmm, as they
  // are), puts the result into `result` (which may be none) and jumps to `back`. Jump to the label that it
  // returns. From then on the instruction cannot have further registers.
  Label cold_fallback(const Inst& in, std::array<asmjit::Operand, 3> args, asmjit::Operand result, Label back);

  // The next instruction that is yet to be emitted, among the few that follow, with this op and the operands of
  // `in`; it counts as emitted. Invalid when there is none.
  Value take_partner(Op op, const Inst& in);
  // The same for operations whose third argument is a condition: that is read once for both.
  Value take_partner_with_carry(Op op, const Inst& in);
  // The FlagsLogic of value v, likewise; its reading of v is counted. Call it before v is defined.
  Value take_flags_of(Value v);
  // The condition that the first reader of a flags value tests; AL when there is none.
  ir::Cond first_cond_of(Value flags) const;

  const Inst& inst(Value v) const { return block_->insts[v.id]; }
  unsigned uses_left(Value v) const { return uses_[v.id]; }
  // FPCR: the unit's mode.
  bool default_fp() const { return unit_->mode == FpMode::Default; }
  bool may_flush() const { return !host_half_fp(); }
  // In half precision, any mode but these is the reference's.
  bool host_half_fp() const { return default_fp() || unit_->mode >= FpMode::Canonical; }
  bool may_want_default_nan() const { return unit_->mode >= FpMode::DefaultNan; }
  // In single and double precision, the host does what the guest's processor would: but the exceptions of
  // flushed numbers differ.
  bool host_fp() const { return !(may_flush() && exact_underflow()) && unit_->mode != FpMode::Reference; }
  bool is_reference_fp() const { return unit_->mode == FpMode::Reference; }
  // Whether FPCR is known to round to nearest, ties to even.
  bool rounds_to_nearest() const { return unit_->mode == FpMode::CanonicalNearest; }
  // Of an operation that may name its rounding (ir::may_name_rounding).
  bool names_current_rounding(const Inst& in) const;
  // Underflow may be seen, and the guest's processor tells it otherwise than the host.
  bool exact_underflow() const { return unit_->exact_underflow && unit_->mode < FpMode::Canonical; }
  // Every exception that is raised may be seen. Of Arm's modes, only once the guest looks at them.
  bool exact_exceptions() const { return exact_underflow() || unit_->mode >= FpMode::Canonical; }
  bool counts_atomics() const { return unit_->counts_atomics; }
  // Of the instruction being emitted; an unsigned index into the block.
  Value current() const { return Value{static_cast<u16>(index_)}; }

  // --- driven by the compiler
  // What pins says may change until the first block begins.
  void begin_unit(Unit& unit, const PinMap& pins) {
    unit_ = &unit;
    pins_ = &pins;
    faults_.clear();
    cold_.clear();  // of an attempt that was given up
  }
  std::span<const FaultPoint> faults() const { return faults_; }
  GuestAddr guest_pc() const { return guest_pc_; }
  struct Edge {  // how the block is left for one successor
    Label label;
    GuestAddr target;
    u8 mode;  // that it is entered in
    u16 dirty_gprs, dirty_vecs;
    bool store_flags;  // NZCV is in EFLAGS and must be in CpuState
    FlagsKind kind;
  };
  void begin_block(const ir::Block& block, bool all_resident, u16 dirty_gprs, u16 dirty_vecs,
                   bool flags_live_out);
  void emit_body();  // everything but the terminator
  void load_pins();
  void store_dirty(u16 gprs, u16 vecs);
  // Before the terminator's condition `c` (or none) is evaluated: NZCV into CpuState, unless the condition is
  // of those very flags, which then stay in EFLAGS for the edges.
  void begin_terminator(Value c);
  Edge make_edge(GuestAddr target, u8 mode, bool flags_live);
  void store_edge_flags(const Edge& edge);
  void flush_flags();  // NZCV into CpuState now
  void flush_flags_if(bool live);
  void emit_cold();
  u16 dirty_gprs() const { return gp_.dirty; }
  u16 dirty_vecs() const { return vec_.dirty; }
  void end_inst();

 private:
  struct Where {
    enum Kind : u8 { Nowhere, Reg, Spilled, State, Constant, Deferred, HostFlags } kind = Nowhere;
    u8 index = 0;  // host register, spill slot or guest register
  };
  static constexpr u16 kNoValue = 0xffff;
  struct Bank {  // general or vector registers
    explicit Bank(bool vec) : is_vec(vec) { first.fill(kNoValue); }
    bool is_vec;
    std::array<u16, 16> first{};  // SSA values that are in each register: a list, by next_
    u16 locked = 0;               // handed out to the current instruction
    u16 resident = 0;             // pins that hold their guest register
    u16 dirty = 0;                // pins that differ from CpuState
  };
  struct Cold {
    const Inst* inst;
    std::array<asmjit::Operand, 3> args;
    asmjit::Operand result;
    Label from, back;
    FaultPoint fault;  // but for its offset
  };

  bool is_vec_value(u16 id) const { return is_vec_[id] != 0; }
  Bank& bank_of(u16 id) { return is_vec_value(id) ? vec_ : gp_; }
  s8 pin(const Bank& b, unsigned reg) const { return b.is_vec ? unit_->pins->vec[reg] : unit_->pins->gpr[reg]; }
  unsigned allocate(Bank& b);
  static bool is_locked(const Bank& b, unsigned reg) { return b.locked >> reg & 1; }
  static void lock(Bank& b, unsigned reg) { b.locked |= static_cast<u16>(1u << reg); }
  static void unlock(Bank& b, unsigned reg) { b.locked &= static_cast<u16>(~(1u << reg)); }
  void vacate(Bank& b, unsigned reg, bool to_register);  // moves what lives in reg elsewhere
  bool holds_live(const Bank& b, unsigned reg) const;
  void bind(u16 id, Bank& b, unsigned reg);
  void unbind(u16 id);
  void unlist(u16 id, Bank& b, unsigned reg);
  void forget(Bank& b, unsigned reg);  // nothing is in reg any more
  void move(Bank& b, unsigned to, unsigned from, Type type);
  void load_value(u16 id, Bank& b, unsigned reg);
  unsigned use(Value v, Bank& b);
  unsigned define(Value v, Bank& b, bool early);
  unsigned define_copy(Value v, Value from, Bank& b);
  s8 hinted_pin(u16 id, const Bank& b) const;
  bool reusable(const Bank& b, unsigned reg) const;
  void release(u16 id);
  void consume(Value v);

  void count_uses(bool flags_live_out);
  void find_hints();
  void hint(Value v, ir::Reg g, s32 barrier, s32 last_read);
  void find_folds();
  bool can_scale(Value v) const;
  bool rounds_otherwise(const Inst& in) const;
  bool deferrable(u16 id) const;
  void emit_one(u16 id);
  void get_reg(u16 id);
  void set_reg(u16 id);
  void set_reg_pinned(Bank& b, unsigned reg, u16 value, unsigned keep_bits);
  void set_reg_unpinned(ir::Reg guest, u16 value);
  void normalise_vec(unsigned reg, unsigned from, Type type, unsigned keep_bits);
  // Puts the flags value that EFLAGS hold into a register, too; EFLAGS stay, the kind may change.
  void save_flags();
  void flags_to_ax(FlagsKind kind);
  HostCond eval_cond(u16 id);
  HostCond test_flag_bits(u16 flags, ir::Cond cond);
  void restore_flags(Value f);
  HostCond map_cond(ir::Cond cond);
  void materialise_bool(u16 id);
  void store_argument(unsigned slot, Value v);
  void fetch_wide();               // values that are read from CpuState::wide
  FaultPoint fault_point() const;  // as of here

  const Routines& routines_;
  Unit* unit_ = nullptr;
  const PinMap* pins_ = nullptr;
  KeptInsts& kept_;
  CodeModel model_;
  const ir::Block* block_ = nullptr;
  usize index_ = 0;
  GuestAddr guest_pc_ = 0;  // of the instruction being emitted
  std::vector<FaultPoint> faults_;
  std::vector<u16> uses_;
  std::vector<Where> where_;
  std::vector<u16> next_;  // by value: the next in the same register
  std::vector<u8> is_vec_, clean_, dead_, folded_, eager_;
  std::vector<s16> hint_;
  std::vector<u16> dying_;
  Bank gp_{false}, vec_{true};
  std::array<u16, (sizeof(CpuState::spill) + sizeof(CpuState::more_spill)) / sizeof(Vec)> slot_refs_{};
  bool has_jumped_ = false;  // the instruction being emitted, to where registers must be as they are
  s32 eflags_value_ = -1;
  FlagsKind eflags_kind_ = FlagsKind::Sub;
  bool eflags_backed_ = false;  // the value is elsewhere, too
  s32 nzcv_value_ = -1;         // written by SetReg and not yet in CpuState
  std::vector<Cold> cold_;
};

using EmitFn = void (*)(Emitter& e, const Inst& in, Value v);
// Null when the reference evaluates the operation.
EmitFn emit_fn(Op op);

}  // namespace veneer::tier1
