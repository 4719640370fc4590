// features: features.md and features-linux.md of the runtime specification.
#include <seccomp.h>
#include <nlohmann/json.hpp>

#include "zone/capabilities.h"
#include "zone/mount_options.h"
#include "zone/namespaces.h"
#include "zone/oci/runtime.h"
#include "zone/process_attributes.h"
#include "zone/seccomp_filter.h"

namespace veneer::zone::oci {

std::string features() {
  using Json = nlohmann::ordered_json;
  Json j;
  j["ociVersionMin"] = "1.0.0";
  j["ociVersionMax"] = "1.2.0";
  j["hooks"] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};
  j["mountOptions"] = mount_option_names();
  Json& l = j["linux"];
  for (const NamespaceName& n : namespace_names()) l["namespaces"].push_back(n.oci);
  for (unsigned n = 0; n <= last_capability(); n++) {
    std::string name = capability_name(n);
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    l["capabilities"].push_back(name);
  }
  l["cgroup"] = {{"v1", true}, {"v2", true}, {"systemd", true}, {"systemdUser", true}, {"rdma", true}};
  l["seccomp"] = {{"enabled", true},
                  {"actions", seccomp_actions()},
                  {"operators", seccomp_operators()},
                  {"archs", seccomp_architectures()},
                  {"knownFlags", seccomp_flags()},
                  {"supportedFlags", seccomp_flags()}};
  l["apparmor"] = {{"enabled", apparmor_enabled()}};
  l["selinux"] = {{"enabled", selinux_enabled()}};
  l["intelRdt"] = {{"enabled", false}};
  l["mountExtensions"] = {{"idmap", {{"enabled", true}}}};
  const scmp_version* version = ::seccomp_version();
  j["annotations"] = {{"io.github.seccomp.libseccomp.version",
                       format("%u.%u.%u", version->major, version->minor, version->micro)},
                      {"veneer.brands", "native,arm64,riscv64"}};
  j["potentiallyUnsafeConfigAnnotations"] = Json::array();
  return j.dump(2) + "\n";
}

}  // namespace veneer::zone::oci
