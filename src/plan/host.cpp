#include "plan/host.h"

#include <cpuid.h>
#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/json.h"
#include "translate/tier1/host_features.h"

namespace veneer::plan {
namespace {

std::string cpu_model() {
  char name[49] = {};
  unsigned r[4];
  if (!__get_cpuid(0x80000000, &r[0], &r[1], &r[2], &r[3]) || r[0] < 0x80000004) return "unknown";
  for (unsigned leaf = 0; leaf < 3; leaf++) {
    __get_cpuid(0x80000002 + leaf, &r[0], &r[1], &r[2], &r[3]);
    std::memcpy(name + leaf * 16, r, 16);
  }
  std::string_view text = name;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return std::string(text.substr(0, text.find_last_not_of(' ') + 1));
}

}  // namespace

Host inspect_host() {
  Host host;
  host.cpu = cpu_model();
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) host.cpus = static_cast<unsigned>(CPU_COUNT(&set));
  utsname names{};
  if (::uname(&names) == 0) {
    host.kernel = std::string(names.sysname) + " " + names.release;
    host.machine = names.machine;
  }
  host.features = tier1::HostFeatures::detect().list();
  return host;
}

std::string to_text(const Host& host) {
  std::string used, missing;
  for (auto [name, present] : host.features) (present ? used : missing).append(" ").append(name);
  return "cpu       " + host.cpu + "\n" + format("cpus      %u\n", host.cpus) + "kernel    " + host.kernel +
         " " + host.machine + "\n" + "guests    aarch64 riscv64\n" + "uses     " +
         (used.empty() ? " nothing" : used) + "\n" + "not here " + (missing.empty() ? " nothing" : missing) +
         "\n";
}

std::string to_json(const Host& host) {
  std::string out = "{\n  \"cpu\": " + json_string(host.cpu) + format(",\n  \"cpus\": %u", host.cpus) +
                    ",\n  \"kernel\": " + json_string(host.kernel) +
                    ",\n  \"machine\": " + json_string(host.machine) +
                    ",\n  \"guests\": [\"aarch64\", \"riscv64\"],\n  \"features\": {";
  bool first = true;
  for (auto [name, present] : host.features) {
    out += first ? "\n    " : ",\n    ";
    first = false;
    out += json_string(name) + (present ? ": true" : ": false");
  }
  return out + "\n  }\n}\n";
}

}  // namespace veneer::plan
