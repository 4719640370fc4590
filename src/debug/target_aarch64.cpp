// "AArch64 Features" of gdb's manual.
#include <elf.h>
#include <cstring>

#include <fmt/format.h>

#include "debug/target.h"

namespace veneer::debug {
namespace {

// x0 to x30, sp, pc, cpsr, v0 to v31, fpsr, fpcr, tpidr.
constexpr unsigned kX29 = 29, kSp = 31, kPc = 32, kCpsr = 33, kV0 = 34, kFpsr = 66, kFpcr = 67, kTls = 68;

// Where a register is kept. cpsr is the low word of what the kernel calls pstate.
std::span<char> place(GuestRegisters& r, unsigned number) {
  const auto span = [](auto& object, usize size) { return std::span(reinterpret_cast<char*>(&object), size); };
  if (number <= kSp) return span(r.x[number], 8);
  if (number >= kV0 && number < kFpsr) return span(r.v[number - kV0], 16);
  switch (number) {
    case kPc: return span(r.pc, 8);
    case kCpsr: return span(r.flags, 4);
    case kFpsr: return span(r.fpsr, 4);
    case kFpcr: return span(r.fpcr, 4);
    default: return span(r.tls, 8);
  }
}

std::string get(const GuestRegisters& registers, unsigned number) {
  GuestRegisters copy = registers;
  const std::span<const char> bytes = place(copy, number);
  return {bytes.data(), bytes.size()};
}

void set(GuestRegisters& registers, unsigned number, std::string_view bytes) {
  std::memcpy(place(registers, number).data(), bytes.data(), bytes.size());
  registers.fpcr &= fpcr::kMask;
}

std::string describe() {
  std::string core, vectors;
  for (unsigned i = 0; i < 31; i++)
    core += fmt::format("<reg name=\"x{}\" bitsize=\"64\" type=\"int\" regnum=\"{}\"/>\n", i, i);
  for (unsigned i = 0; i < 32; i++)
    vectors += fmt::format("<reg name=\"v{}\" bitsize=\"128\" type=\"aarch64v\" regnum=\"{}\"/>\n", i, kV0 + i);
  return R"(<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>aarch64</architecture>
<osabi>GNU/Linux</osabi>
<feature name="org.gnu.gdb.aarch64.core">
<flags id="cpsr_flags" size="4">
<field name="SP" start="0" end="0" type="bool"/><field name="EL" start="2" end="3" type="uint32"/>
<field name="nRW" start="4" end="4" type="bool"/><field name="F" start="6" end="6" type="bool"/>
<field name="I" start="7" end="7" type="bool"/><field name="A" start="8" end="8" type="bool"/>
<field name="D" start="9" end="9" type="bool"/><field name="IL" start="20" end="20" type="bool"/>
<field name="SS" start="21" end="21" type="bool"/><field name="V" start="28" end="28" type="bool"/>
<field name="C" start="29" end="29" type="bool"/><field name="Z" start="30" end="30" type="bool"/>
<field name="N" start="31" end="31" type="bool"/>
</flags>
)" + core +
         R"(<reg name="sp" bitsize="64" type="data_ptr" regnum="31" generic="sp"/>
<reg name="pc" bitsize="64" type="code_ptr" regnum="32" generic="pc"/>
<reg name="cpsr" bitsize="32" type="cpsr_flags" regnum="33" generic="flags"/>
</feature>
<feature name="org.gnu.gdb.aarch64.fpu">
<vector id="v2d" type="ieee_double" count="2"/><vector id="v2u" type="uint64" count="2"/>
<vector id="v2i" type="int64" count="2"/><vector id="v4f" type="ieee_single" count="4"/>
<vector id="v4u" type="uint32" count="4"/><vector id="v4i" type="int32" count="4"/>
<vector id="v8f" type="ieee_half" count="8"/><vector id="v8u" type="uint16" count="8"/>
<vector id="v8i" type="int16" count="8"/><vector id="v16u" type="uint8" count="16"/>
<vector id="v16i" type="int8" count="16"/><vector id="v1u" type="uint128" count="1"/>
<vector id="v1i" type="int128" count="1"/>
<union id="vnd"><field name="f" type="v2d"/><field name="u" type="v2u"/><field name="s" type="v2i"/></union>
<union id="vns"><field name="f" type="v4f"/><field name="u" type="v4u"/><field name="s" type="v4i"/></union>
<union id="vnh"><field name="f" type="v8f"/><field name="u" type="v8u"/><field name="s" type="v8i"/></union>
<union id="vnb"><field name="u" type="v16u"/><field name="s" type="v16i"/></union>
<union id="vnq"><field name="u" type="v1u"/><field name="s" type="v1i"/></union>
<union id="aarch64v"><field name="d" type="vnd"/><field name="s" type="vns"/><field name="h" type="vnh"/>
<field name="b" type="vnb"/><field name="q" type="vnq"/></union>
)" + vectors +
         R"(<reg name="fpsr" bitsize="32" type="int" regnum="66"/>
<reg name="fpcr" bitsize="32" type="int" regnum="67"/>
</feature>
<feature name="org.gnu.gdb.aarch64.tls">
<reg name="tpidr" bitsize="64" type="data_ptr" regnum="68"/>
</feature>
</target>
)";
}

std::string description(const GuestRegisters& /*all the same*/) {
  return describe();
}

// BRK #0, Arm ARM C6.2.46.
constexpr std::string_view kBreakpoints[] = {{"\x00\x00\x20\xd4", 4}};

// BRK of any number.
bool traps(std::string_view code) {
  u32 word = 0;
  if (code.size() < sizeof word) return false;
  std::memcpy(&word, code.data(), sizeof word);
  return (word & 0xffe0001f) == 0xd4200000;
}

}  // namespace

const Target kAarch64Target = {
    .machine = EM_AARCH64,
    .triple = "aarch64-unknown-linux-gnu",
    .description = description,
    .register_count = [](const GuestRegisters&) { return kTls + 1; },
    .told_at_stops = {kX29, kSp, kPc},
    .get = get,
    .set = set,
    .breakpoints = kBreakpoints,
    .traps = traps,
};

}  // namespace veneer::debug
