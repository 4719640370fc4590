#include "translate/tier1/trampolines.h"

#include <bit>

namespace veneer::tier1 {

namespace {

constexpr unsigned kSavedByCallee[] = {kRbx, kRbp, 12, 13, 14, 15};

Mem field(usize offset, u32 size = 8) {
  return state_mem(offset, size);
}
Mem saved_gpr(unsigned r) {
  return field(offsetof(CpuState, host_gpr) + r * 8);
}
Mem saved_vec(unsigned r) {
  return field(offsetof(CpuState, host_vec) + r * sizeof(Vec), 16);
}

struct Writer {
  x86::Assembler& a;

  // From C++: rdi is the state. Leaves rsp where leave() expects it.
  void prologue() {
    for (unsigned r : kSavedByCallee) a.push(x86::gpq(r));
    a.sub(x86::rsp, 8);
    a.lea(x86::rbp, x86::ptr(x86::rdi, kStateBias));
    a.mov(field(offsetof(CpuState, host_sp)), x86::rsp);
  }
  void epilogue() {
    a.mov(x86::rsp, field(offsetof(CpuState, host_sp)));
    a.add(x86::rsp, 8);
    for (usize i = std::size(kSavedByCallee); i-- > 0;) a.pop(x86::gpq(kSavedByCallee[i]));
    a.ret();
  }
  void set_exit(Exit exit) { a.mov(field(offsetof(CpuState, exit), 4), static_cast<u32>(exit)); }
};

}  // namespace

Trampolines emit_trampolines(std::span<u8> space, FallbackFn fallback, bool avx) {
  asmjit::CodeHolder code;
  code.init(asmjit::Environment::host(), reinterpret_cast<u64>(space.data()));  // NOLINT: the code's address
  x86::Assembler a(&code);
  Writer w{a};

  const Label enter = a.newLabel(), call = a.newLabel(), leave = a.newLabel(), link = a.newLabel(),
              indirect = a.newLabel(), fall = a.newLabel(), abandon = a.newLabel(), left = a.newLabel(),
              entry = a.newLabel();

  a.align(asmjit::AlignMode::kCode, 16);
  a.bind(enter);
  w.prologue();
  a.mov(x86::rsp, field(offsetof(CpuState, ras_sp)));
  a.jmp(x86::rsi);

  a.align(asmjit::AlignMode::kCode, 16);
  a.bind(call);
  w.prologue();
  a.mov(x86::rax, x86::rsi);
  a.mov(x86::rsi, x86::rdx);
  a.call(x86::rax);
  w.epilogue();

  a.align(asmjit::AlignMode::kCode, 16);
  a.bind(leave);
  a.mov(field(offsetof(CpuState, ras_sp)), x86::rsp);
  a.bind(left);
  w.epilogue();

  a.bind(link);
  a.mov(x86::eax, x86::eax);
  a.mov(field(offsetof(CpuState, link_record)), x86::rax);
  w.set_exit(Exit::Continue);
  a.jmp(leave);

  a.bind(indirect);
  a.mov(field(offsetof(CpuState, pc)), x86::rcx);
  w.set_exit(Exit::Continue);
  a.jmp(leave);

  a.bind(entry);
  a.pop(x86::rax);
  a.mov(field(offsetof(CpuState, left_entry)), x86::rax);
  w.set_exit(Exit::Continue);
  a.jmp(leave);

  // Called on the return-address stack, whose top is then where the evaluation was asked for.
  a.align(asmjit::AlignMode::kCode, 16);
  a.bind(fall);
  for (unsigned r = 0; r < 16; ++r)
    if (r != kRsp && r != kRbp) a.mov(saved_gpr(r), x86::gpq(r));
  for (unsigned r = 0; r < 16; ++r)
    avx ? a.vmovaps(saved_vec(r), x86::xmm(r)) : a.movaps(saved_vec(r), x86::xmm(r));
  a.mov(x86::rax, x86::ptr(x86::rsp));
  a.mov(field(offsetof(CpuState, fallback_return)), x86::rax);
  a.mov(field(offsetof(CpuState, ras_sp)), x86::rsp);
  a.mov(x86::rsp, field(offsetof(CpuState, host_sp)));
  a.lea(x86::rdi, x86::ptr(x86::rbp, -kStateBias));
  a.mov(x86::rax, std::bit_cast<u64>(fallback));
  a.call(x86::rax);
  a.test(x86::al, x86::al);
  a.jnz(abandon);
  for (unsigned r = 0; r < 16; ++r)
    avx ? a.vmovaps(x86::xmm(r), saved_vec(r)) : a.movaps(x86::xmm(r), saved_vec(r));
  for (unsigned r = 0; r < 16; ++r)
    if (r != kRsp && r != kRbp) a.mov(x86::gpq(r), saved_gpr(r));
  a.mov(x86::rsp, field(offsetof(CpuState, ras_sp)));
  a.ret();

  // rbp is the state. Drops the return address of the evaluation.
  a.bind(abandon);
  a.add(field(offsetof(CpuState, ras_sp)), 8);
  a.jmp(left);

  code.flatten();
  code.relocateToBase(reinterpret_cast<u64>(space.data()));  // NOLINT: the code's address
  code.copyFlattenedData(space.data(), space.size());

  auto address = [&](const Label& l) {
    return reinterpret_cast<u64>(space.data()) + code.labelOffset(l);
  };  // NOLINT
  Trampolines t;
  t.routines = {.leave = address(leave),
                .link = address(link),
                .indirect = address(indirect),
                .entry = address(entry),
                .fallback = address(fall),
                .abandon = address(abandon),
                .left = address(left)};
  t.enter = std::bit_cast<decltype(t.enter)>(address(enter));
  t.call = std::bit_cast<decltype(t.call)>(address(call));
  t.size = code.codeSize();
  return t;
}

}  // namespace veneer::tier1
