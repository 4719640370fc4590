#include "translate/tier1/host_features.h"

#include <cpuid.h>

#include "base/types.h"

namespace veneer::tier1 {

namespace {

struct Name {
  std::string_view name;
  bool HostFeatures::* member;
};

constexpr Name kNames[] = {
    {"sse4.2", &HostFeatures::sse42},     {"avx", &HostFeatures::avx},
    {"avx2", &HostFeatures::avx2},        {"fma", &HostFeatures::fma},
    {"f16c", &HostFeatures::f16c},        {"bmi1", &HostFeatures::bmi1},
    {"bmi2", &HostFeatures::bmi2},        {"lzcnt", &HostFeatures::lzcnt},
    {"movbe", &HostFeatures::movbe},      {"aes", &HostFeatures::aes},
    {"pclmulqdq", &HostFeatures::pclmul}, {"sha", &HostFeatures::sha},
    {"vaes", &HostFeatures::vaes},        {"vpclmulqdq", &HostFeatures::vpclmul},
    {"gfni", &HostFeatures::gfni},        {"avx512", &HostFeatures::avx512},
};

u64 xgetbv0() {
  u32 lo, hi;
  __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
  return static_cast<u64>(hi) << 32 | lo;
}

bool listed(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    usize comma = list.find(',');
    if (list.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

HostFeatures ask_processor() {
  HostFeatures f;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return f;
  f.sse42 = c >> 20 & 1;
  f.movbe = c >> 22 & 1;
  f.aes = c >> 25 & 1;
  f.pclmul = c >> 1 & 1;
  u64 xcr0 = c >> 27 & 1 ? xgetbv0() : 0;
  bool ymm = (xcr0 & 6) == 6;
  bool zmm = (xcr0 & 0xe6) == 0xe6;
  f.avx = ymm && (c >> 28 & 1);
  f.fma = ymm && (c >> 12 & 1);
  f.f16c = ymm && (c >> 29 & 1);
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    f.bmi1 = b >> 3 & 1;
    f.bmi2 = b >> 8 & 1;
    f.avx2 = ymm && (b >> 5 & 1);
    f.sha = b >> 29 & 1;
    f.gfni = c >> 8 & 1;
    f.vaes = ymm && (c >> 9 & 1);
    f.vpclmul = ymm && (c >> 10 & 1);
    // F, DQ, CD, BW, VL
    u32 need = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    f.avx512 = zmm && (b & need) == need;
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d)) f.lzcnt = c >> 5 & 1;
  return f;
}

}  // namespace

HostFeatures HostFeatures::detect(std::string_view disabled) {
  // Once: in a virtual machine each CPUID is a trap to its monitor.
  static const HostFeatures kAll = ask_processor();
  HostFeatures f = kAll;
  bool all = listed(disabled, "all");
  for (const Name& n : kNames)
    if (n.member != &HostFeatures::sse42 && (all || listed(disabled, n.name))) f.*n.member = false;
  // What is built upon a disabled feature goes with it.
  if (!f.avx) f.avx2 = f.fma = f.f16c = f.vaes = f.vpclmul = f.avx512 = false;
  if (!f.avx2) f.avx512 = false;
  return f;
}

std::vector<std::pair<std::string_view, bool>> HostFeatures::list() const {
  std::vector<std::pair<std::string_view, bool>> out;
  for (const Name& n : kNames) out.emplace_back(n.name, this->*n.member);
  return out;
}

}  // namespace veneer::tier1
