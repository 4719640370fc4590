// "RISC-V Features" of gdb's manual.
#include <elf.h>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "debug/target.h"
#include "isa/riscv64/registers.h"
#include "program/abi.h"

namespace veneer::debug {
namespace {

// x0 to x31, pc, f0 to f31, fflags, frm, fcsr.
constexpr unsigned kPc = 32, kF0 = 33, kFflags = 65, kFrm = 66, kFcsr = 67;

constexpr const char* kNames[32] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
                                    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr const char* kFloatNames[32] = {"ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
                                         "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
                                         "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
                                         "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

// fcsr is what the kernel's register set has of the two registers that it is kept in.
struct UserFpRegs {
  u64 f[32];
  u32 fcsr, padding;
};
const RegisterSet& floating_set() {
  return kRiscv64Abi.register_sets[1];
}
u32 fcsr(const GuestRegisters& r) {
  UserFpRegs fp;
  floating_set().get(r, &fp);
  return fp.fcsr;
}
void set_fcsr(GuestRegisters& r, u32 value) {
  UserFpRegs fp;
  floating_set().get(r, &fp);
  fp.fcsr = value;
  floating_set().set(r, &fp);
}

// The parts of fcsr: lowest bit and width (Unprivileged ISA 20.2).
std::pair<unsigned, unsigned> part_of_fcsr(unsigned number) {
  if (number == kFflags) return {0, 5};
  return number == kFrm ? std::pair{5u, 3u} : std::pair{0u, 8u};
}

template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string get(const GuestRegisters& r, unsigned number) {
  if (number < kPc) return bytes_of(number == rv64::kZero ? u64{0} : r.x[rv64::kSlots[number]]);
  if (number == kPc) return bytes_of(r.pc);
  if (number < kFflags) return bytes_of(r.v[number - kF0].d[0]);
  const auto [low, width] = part_of_fcsr(number);
  return bytes_of(fcsr(r) >> low & ((1u << width) - 1));
}

void set(GuestRegisters& r, unsigned number, std::string_view bytes) {
  u64 value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  if (number == rv64::kZero) return;
  if (number < kPc) {
    r.x[rv64::kSlots[number]] = value;
  } else if (number == kPc) {
    r.pc = value & ~u64{1};
  } else if (number < kFflags) {
    r.v[number - kF0].d[0] = value;
  } else {
    const auto [low, width] = part_of_fcsr(number);
    const u32 mask = ((1u << width) - 1) << low;
    set_fcsr(r, (fcsr(r) & ~mask) | (static_cast<u32>(value) << low & mask));
  }
}

std::string describe() {
  std::string general, floating;
  for (unsigned i = 0; i < 32; i++) {
    const char* type = i == rv64::kRa ? "code_ptr" : i >= rv64::kSp && i <= rv64::kTp ? "data_ptr" : "int";
    std::string role;
    if (i == rv64::kRa) role = " generic=\"ra\"";
    if (i == rv64::kSp) role = " generic=\"sp\"";
    if (i == rv64::kFp) role = " generic=\"fp\"";
    if (i >= 10 && i < 18) role = fmt::format(" generic=\"arg{}\"", i - 9);
    general += fmt::format("<reg name=\"{}\" bitsize=\"64\" type=\"{}\" regnum=\"{}\"{}/>\n", kNames[i], type,
                           i, role);
    floating += fmt::format("<reg name=\"{}\" bitsize=\"64\" type=\"riscv_double\" regnum=\"{}\"/>\n",
                            kFloatNames[i], kF0 + i);
  }
  return R"(<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>riscv:rv64</architecture>
<osabi>GNU/Linux</osabi>
<feature name="org.gnu.gdb.riscv.cpu">
)" + general +
         R"(<reg name="pc" bitsize="64" type="code_ptr" regnum="32" generic="pc"/>
</feature>
<feature name="org.gnu.gdb.riscv.fpu">
<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>
)" + floating +
         R"(<reg name="fflags" bitsize="32" type="int" regnum="65"/>
<reg name="frm" bitsize="32" type="int" regnum="66"/>
<reg name="fcsr" bitsize="32" type="int" regnum="67"/>
</feature>
</target>
)";
}

const std::string& description() {
  static const std::string text = describe();
  return text;
}

// C.EBREAK and EBREAK.
constexpr std::string_view kBreakpoints[] = {{"\x02\x90", 2}, {"\x73\x00\x10\x00", 4}};

bool traps(std::string_view code) {
  for (const std::string_view breakpoint : kBreakpoints)
    if (code.starts_with(breakpoint)) return true;
  return false;
}

}  // namespace

const Target kRiscv64Target = {
    .machine = EM_RISCV,
    .triple = "riscv64-unknown-linux-gnu",
    .description = description,
    .register_count = kFcsr + 1,
    .told_at_stops = {rv64::kFp, rv64::kSp, kPc},
    .get = get,
    .set = set,
    .breakpoints = kBreakpoints,
    .traps = traps,
};

}  // namespace veneer::debug
