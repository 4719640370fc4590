#include "program/seccomp.h"

#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace veneer {

namespace {

constexpr usize kMaxInstructions = 32768;  // MAX_INSNS_PER_PATH
constexpr usize kOverhead = 4;             // that each filter counts for, beside its instructions

bool is_arithmetic(u16 code) {
  switch (BPF_OP(code)) {
    case BPF_ADD:
    case BPF_SUB:
    case BPF_MUL:
    case BPF_DIV:
    case BPF_OR:
    case BPF_AND:
    case BPF_LSH:
    case BPF_RSH:
    case BPF_XOR: return BPF_SRC(code) == BPF_K || BPF_SRC(code) == BPF_X;
    case BPF_NEG: return code == (BPF_ALU | BPF_NEG);
    default: return false;
  }
}

// seccomp_check_filter() and bpf_check_classic(). `at`: where the instruction is, of `count`.
bool is_valid(const sock_filter& in, usize at, usize count) {
  const usize left = count - at - 1;  // instructions behind it
  switch (BPF_CLASS(in.code)) {
    case BPF_LD:
      switch (in.code) {
        case BPF_LD | BPF_W | BPF_ABS: return in.k < sizeof(seccomp_data) && in.k % 4 == 0;
        case BPF_LD | BPF_W | BPF_LEN:
        case BPF_LD | BPF_IMM: return true;
        case BPF_LD | BPF_MEM: return in.k < BPF_MEMWORDS;
        default: return false;
      }
    case BPF_LDX:
      switch (in.code) {
        case BPF_LDX | BPF_W | BPF_LEN:
        case BPF_LDX | BPF_IMM: return true;
        case BPF_LDX | BPF_MEM: return in.k < BPF_MEMWORDS;
        default: return false;
      }
    case BPF_ST: return in.code == BPF_ST && in.k < BPF_MEMWORDS;
    case BPF_STX: return in.code == BPF_STX && in.k < BPF_MEMWORDS;
    case BPF_ALU:
      if (!is_arithmetic(in.code)) return false;
      if (BPF_SRC(in.code) == BPF_X) return true;
      if (BPF_OP(in.code) == BPF_DIV) return in.k != 0;
      if (BPF_OP(in.code) == BPF_LSH || BPF_OP(in.code) == BPF_RSH) return in.k < 32;
      return true;
    case BPF_JMP:
      switch (BPF_OP(in.code)) {
        case BPF_JA: return in.code == (BPF_JMP | BPF_JA) && in.k < left;
        case BPF_JEQ:
        case BPF_JGE:
        case BPF_JGT:
        case BPF_JSET: return in.jt < left && in.jf < left;
        default: return false;
      }
    case BPF_RET: return in.code == (BPF_RET | BPF_K) || in.code == (BPF_RET | BPF_A);
    case BPF_MISC: return in.code == (BPF_MISC | BPF_TAX) || in.code == (BPF_MISC | BPF_TXA);
    default: return false;
  }
}

u32 calculate(u16 code, u32 a, u32 b) {
  switch (BPF_OP(code)) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b ? a / b : 0;
    case BPF_OR: return a | b;
    case BPF_AND: return a & b;
    case BPF_LSH: return b < 32 ? a << b : 0;
    case BPF_RSH: return b < 32 ? a >> b : 0;
    case BPF_XOR: return a ^ b;
    default: return 0 - a;  // BPF_NEG
  }
}

bool holds(u16 code, u32 a, u32 b) {
  switch (BPF_OP(code)) {
    case BPF_JEQ: return a == b;
    case BPF_JGE: return a >= b;
    case BPF_JGT: return a > b;
    default: return a & b;  // BPF_JSET
  }
}

}  // namespace

bool is_valid_filter(std::span<const sock_filter> program) {
  if (program.empty() || program.size() > BPF_MAXINSNS) return false;
  for (usize i = 0; i < program.size(); ++i)
    if (!is_valid(program[i], i, program.size())) return false;
  return BPF_CLASS(program.back().code) == BPF_RET;
}

u32 run_filter(std::span<const sock_filter> program, const seccomp_data& data) {
  u32 a = 0, x = 0, memory[BPF_MEMWORDS] = {};
  // Every jump is forwards, and the last instruction returns.
  for (usize pc = 0; pc < program.size(); ++pc) {
    const sock_filter& in = program[pc];
    const u32 operand = BPF_SRC(in.code) == BPF_X ? x : in.k;
    switch (BPF_CLASS(in.code)) {
      case BPF_LD:
        switch (BPF_MODE(in.code)) {
          case BPF_ABS:
            std::memcpy(&a, reinterpret_cast<const char*>(&data) + in.k, sizeof a);
            break;  // NOLINT
          case BPF_LEN: a = sizeof data; break;
          case BPF_MEM: a = memory[in.k]; break;
          default: a = in.k; break;
        }
        break;
      case BPF_LDX:
        switch (BPF_MODE(in.code)) {
          case BPF_LEN: x = sizeof data; break;
          case BPF_MEM: x = memory[in.k]; break;
          default: x = in.k; break;
        }
        break;
      case BPF_ST: memory[in.k] = a; break;
      case BPF_STX: memory[in.k] = x; break;
      case BPF_ALU: a = calculate(in.code, a, operand); break;
      case BPF_JMP: pc += BPF_OP(in.code) == BPF_JA ? in.k : holds(in.code, a, operand) ? in.jt : in.jf; break;
      case BPF_RET: return BPF_RVAL(in.code) == BPF_A ? a : in.k;
      default: (BPF_MISCOP(in.code) == BPF_TAX ? x = a : a = x); break;
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

s64 SeccompState::add(std::vector<sock_filter> program) {
  if (!is_valid_filter(program)) return -EINVAL;
  const usize before = filters ? filters->instructions : 0;
  const usize total = before + program.size() + kOverhead;
  if (total > kMaxInstructions) return -ENOMEM;
  auto filter = std::make_shared<SeccompFilter>();
  filter->program = std::move(program);
  filter->older = filters;
  filter->instructions = total;
  filters = std::move(filter);
  mode = SECCOMP_MODE_FILTER;
  return 0;
}

u32 SeccompState::evaluate(const seccomp_data& data) const {
  u32 result = SECCOMP_RET_ALLOW;
  const auto rank = [](u32 answer) { return static_cast<s32>(answer & SECCOMP_RET_ACTION_FULL); };
  for (const SeccompFilter* f = filters.get(); f; f = f->older.get()) {
    const u32 answer = run_filter(f->program, data);
    if (rank(answer) < rank(result)) result = answer;
  }
  return result;
}

Fd SeccompState::save() const {
  Fd file(::memfd_create("veneer-seccomp", 0));
  const u64 flags = listened;
  write_all(file.get(), {reinterpret_cast<const char*>(&flags), sizeof flags});  // NOLINT: bytes
  std::vector<const SeccompFilter*> oldest_first;
  for (const SeccompFilter* f = filters.get(); f; f = f->older.get())
    oldest_first.insert(oldest_first.begin(), f);
  for (const SeccompFilter* f : oldest_first) {
    const u64 count = f->program.size();
    write_all(file.get(), {reinterpret_cast<const char*>(&count), sizeof count});  // NOLINT: bytes
    write_all(file.get(),
              {reinterpret_cast<const char*>(f->program.data()), count * sizeof(sock_filter)});  // NOLINT
  }
  return file;
}

SeccompState SeccompState::load(int fd) {
  SeccompState state;
  u64 flags = 0;
  state.listened = ::pread(fd, &flags, sizeof flags, 0) == sizeof flags && flags != 0;
  off_t at = sizeof flags;
  for (u64 count; ::pread(fd, &count, sizeof count, at) == sizeof count && count <= BPF_MAXINSNS;) {
    at += sizeof count;
    std::vector<sock_filter> program(count);
    const auto size = static_cast<ssize_t>(count * sizeof(sock_filter));
    if (::pread(fd, program.data(), static_cast<usize>(size), at) != size) break;
    at += size;
    state.add(std::move(program));
  }
  return state;
}

}  // namespace veneer
