// "RISC-V Features" of gdb's manual.
#include <elf.h>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "debug/target.h"
#include "isa/riscv64/registers.h"
#include "program/abi.h"

namespace veneer::debug {
namespace {

// x0 to x31, pc, f0 to f31, fflags, frm, fcsr; and where there are vectors, v0 to v31, vstart, vxsat, vxrm,
// vcsr, vl, vtype, vlenb.
constexpr unsigned kPc = 32, kF0 = 33, kFflags = 65, kFrm = 66, kFcsr = 67;
constexpr unsigned kV0 = 68, kVstart = 100, kVxsat = 101, kVxrm = 102, kVcsr = 103, kVl = 104, kVtype = 105,
                   kVlenb = 106;

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

// Of the register set: vstart, vl, vtype, vcsr, vlenb, and the registers.
using VectorSet = std::array<u8, RegisterSet::kMost>;
const RegisterSet& vector_set() {
  return kRiscv64Abi.register_sets[2];
}
struct Place {
  usize offset, size;
};
// vxsat and vxrm are parts of vcsr.
Place place_in_set(const GuestRegisters& r, unsigned number) {
  switch (number) {
    case kVstart: return {0, 8};
    case kVl: return {8, 8};
    case kVtype: return {16, 8};
    case kVlenb: return {32, 8};
    case kVxsat:
    case kVxrm:
    case kVcsr: return {24, 8};
    default: return {40 + usize{number - kV0} * r.wide_bytes, r.wide_bytes};
  }
}
std::string get_vector(const GuestRegisters& r, unsigned number) {
  VectorSet set;
  vector_set().get(r, set.data());
  const auto [offset, size] = place_in_set(r, number);
  std::string out(reinterpret_cast<const char*>(set.data()) + offset, size);
  if (number == kVxsat) out[0] = static_cast<char>(out[0] & 1);
  if (number == kVxrm) out[0] = static_cast<char>(out[0] >> 1 & 3);
  return out;
}
// What cannot be is not taken.
void set_vector(GuestRegisters& r, unsigned number, std::string_view bytes) {
  VectorSet set;
  vector_set().get(r, set.data());
  const auto [offset, size] = place_in_set(r, number);
  const u8 vcsr = set[offset], first = static_cast<u8>(bytes[0]);
  std::memcpy(set.data() + offset, bytes.data(), size);
  if (number == kVxsat) set[offset] = static_cast<u8>((vcsr & 6) | (first & 1));
  if (number == kVxrm) set[offset] = static_cast<u8>((vcsr & 1) | (first & 3) << 1);
  vector_set().set(r, set.data());
}

std::string get(const GuestRegisters& r, unsigned number) {
  if (number < kPc) return bytes_of(number == rv64::kZero ? u64{0} : r.x[rv64::kSlots[number]]);
  if (number == kPc) return bytes_of(r.pc);
  if (number < kFflags) return bytes_of(r.v[number - kF0].d[0]);
  if (number >= kV0) return get_vector(r, number);
  const auto [low, width] = part_of_fcsr(number);
  return bytes_of(fcsr(r) >> low & ((1u << width) - 1));
}

void set(GuestRegisters& r, unsigned number, std::string_view bytes) {
  if (number >= kV0) return set_vector(r, number, bytes);
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

std::string describe_vectors(unsigned register_bytes) {
  std::string out = "<feature name=\"org.gnu.gdb.riscv.vector\">\n", fields;
  for (const auto& [name, type, size] : {std::tuple{"b", "uint8", 1u},
                                         {"s", "uint16", 2u},
                                         {"w", "uint32", 4u},
                                         {"l", "uint64", 8u},
                                         {"q", "uint128", 16u}}) {
    out += fmt::format("<vector id=\"all_{}\" type=\"{}\" count=\"{}\"/>\n", name, type, register_bytes / size);
    fields += fmt::format("<field name=\"{0}\" type=\"all_{0}\"/>", name);
  }
  out += "<union id=\"riscv_vector\">" + fields + "</union>\n";
  for (unsigned i = 0; i < 32; i++)
    out += fmt::format("<reg name=\"v{}\" bitsize=\"{}\" type=\"riscv_vector\" regnum=\"{}\"/>\n", i,
                       register_bytes * 8, kV0 + i);
  out += "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (const auto& [name, number] : {std::pair{"vstart", kVstart},
                                     {"vxsat", kVxsat},
                                     {"vxrm", kVxrm},
                                     {"vcsr", kVcsr},
                                     {"vl", kVl},
                                     {"vtype", kVtype},
                                     {"vlenb", kVlenb}})
    out += fmt::format("<reg name=\"{}\" bitsize=\"64\" type=\"int\" regnum=\"{}\"/>\n", name, number);
  return out + "</feature>\n";
}

std::string description(const GuestRegisters& registers) {
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
)" + (registers.wide_bytes ? describe_vectors(registers.wide_bytes) : "") +
         "</target>\n";
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
    .register_count = [](const GuestRegisters& r) { return r.wide_bytes ? kVlenb + 1 : kFcsr + 1; },
    .told_at_stops = {rv64::kFp, rv64::kSp, kPc},
    .get = get,
    .set = set,
    .breakpoints = kBreakpoints,
    .traps = traps,
};

}  // namespace veneer::debug
