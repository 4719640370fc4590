#include "zone/cgroups/layout.h"

#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "base/types.h"

namespace veneer::zone {
namespace {

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const usize end = text.find(by);
    if (end != 0) out.emplace_back(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (usize i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool controller_option(const std::string& option) {
  static constexpr std::string_view kOthers[] = {"rw",       "ro",      "xattr", "noprefix", "clone_children",
                                                 "relatime", "noatime", "none"};
  return option.starts_with("name=") ||
         (std::find(std::begin(kOthers), std::end(kOthers), option) == std::end(kOthers) &&
          option.find('=') == option.npos);
}

}  // namespace

std::string Hierarchy::key() const {
  std::string out;
  if (v2) return out;
  for (const std::string& c : controllers) out += (out.empty() ? "" : ",") + c;
  return out;
}

std::string Hierarchy::directory(std::string_view cgroup) const {
  // Of a hierarchy that is mounted from some cgroup on, names of cgroups beneath that one lose its own name.
  if (mount_root != "/" && cgroup.starts_with(mount_root)) cgroup.remove_prefix(mount_root.size());
  std::string out = mount_point;
  for (const std::string& part : split(cgroup, '/')) out += "/" + part;
  return out;
}

const Hierarchy* CgroupLayout::v2() const {
  const auto at = std::find_if(hierarchies.begin(), hierarchies.end(), [](const Hierarchy& h) { return h.v2; });
  return at == hierarchies.end() ? nullptr : &*at;
}

const Hierarchy* CgroupLayout::of(std::string_view controller) const {
  const Hierarchy* found = nullptr;
  for (const Hierarchy& h : hierarchies) {
    if (std::find(h.controllers.begin(), h.controllers.end(), controller) == h.controllers.end()) continue;
    if (!h.v2) return &h;
    found = &h;
  }
  return found;
}

const Hierarchy* CgroupLayout::by_key(std::string_view key) const {
  for (const Hierarchy& h : hierarchies) {
    if (h.key() == key) return &h;
  }
  return nullptr;
}

const char* CgroupLayout::name() const {
  if (hierarchies.empty()) return "none";
  if (pure_v2()) return "unified";
  return v2() ? "hybrid" : "legacy";
}

std::string cgroup_in(std::string_view proc_cgroup, const Hierarchy& hierarchy) {
  for (const std::string& line : split(proc_cgroup, '\n')) {
    const usize first = line.find(':');
    const usize second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    if (split(line.substr(first + 1, second - first - 1), ',') ==
        (hierarchy.v2 ? std::vector<std::string>{} : hierarchy.controllers))
      return line.substr(second + 1);
  }
  return "/";
}

CgroupLayout parse_cgroups(std::string_view mountinfo, std::string_view own) {
  CgroupLayout layout;
  for (const std::string& line : split(mountinfo, '\n')) {
    const usize dash = line.find(" - ");
    if (dash == line.npos) continue;
    const std::vector<std::string> left = split(std::string_view(line).substr(0, dash), ' ');
    const std::vector<std::string> right = split(std::string_view(line).substr(dash + 3), ' ');
    if (left.size() < 6 || right.size() < 3 || (right[0] != "cgroup" && right[0] != "cgroup2")) continue;
    Hierarchy h;
    h.v2 = right[0] == "cgroup2";
    h.mount_root = unescape(left[3]);
    h.mount_point = unescape(left[4]);
    if (!h.v2) {
      for (std::string& option : split(right[2], ',')) {
        if (controller_option(option)) h.controllers.push_back(std::move(option));
      }
      // /proc/PID/cgroup has the kernel's order.
      for (const std::string& entry : split(own, '\n')) {
        const std::vector<std::string> fields = split(entry, ':');
        if (fields.size() < 2) continue;
        std::vector<std::string> names = split(fields[1], ',');
        if (std::is_permutation(names.begin(), names.end(), h.controllers.begin(), h.controllers.end()))
          h.controllers = std::move(names);
      }
    }
    h.own = cgroup_in(own, h);
    // Mounted twice: the later one may lie over the earlier.
    std::erase_if(layout.hierarchies, [&](const Hierarchy& other) {
      return other.v2 == h.v2 && other.controllers == h.controllers && other.mount_point == h.mount_point;
    });
    if (!layout.by_key(h.key())) layout.hierarchies.push_back(std::move(h));
  }
  return layout;
}

CgroupLayout detect_cgroups() {
  CgroupLayout layout = parse_cgroups(read_file("/proc/self/mountinfo").value_or(""),
                                      read_file("/proc/self/cgroup").value_or(""));
  for (Hierarchy& h : layout.hierarchies) {
    if (!h.v2) continue;
    std::istringstream names(read_file((h.mount_point + "/cgroup.controllers").c_str()).value_or(""));
    for (std::string name; names >> name;) h.controllers.push_back(name);
  }
  return layout;
}

}  // namespace veneer::zone
