#include "zone/mount_options.h"

#include <sys/mount.h>
#include <algorithm>
#include <string_view>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace veneer::zone {
namespace {

struct Attribute {
  std::string_view name;  // with an r before it: of the tree
  u64 set, clear;
};

// The access time's kinds are one field, which is cleared to set another.
constexpr Attribute kAttributes[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
};

struct Propagation {
  std::string_view name;  // with an r before it: of the tree
  u64 flag;
};

constexpr Propagation kPropagations[] = {
    {"private", MS_PRIVATE}, {"shared", MS_SHARED}, {"slave", MS_SLAVE}, {"unbindable", MS_UNBINDABLE}};

const Attribute* find_attribute(std::string_view name) {
  const auto* at = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                [&](const Attribute& a) { return a.name == name; });
  return at == std::end(kAttributes) ? nullptr : at;
}

void add(const Attribute& a, u64& set, u64& clear) {
  set = (set & ~a.clear) | a.set;
  clear = (clear & ~a.set) | a.clear;
}

bool take_attribute(MountOptions& o, std::string_view name) {
  // "ro" and "rw" and "relatime" begin with r and are no tree's options; "rro", "rrw", "rrelatime" are.
  if (const Attribute* a = find_attribute(name)) return add(*a, o.set, o.clear), true;
  if (!name.starts_with('r')) return false;
  if (const Attribute* a = find_attribute(name.substr(1))) return add(*a, o.tree_set, o.tree_clear), true;
  return false;
}

bool take_word(MountOptions& o, std::string_view name) {
  if (name == "bind" || name == "rbind") {
    o.bind = true;
    o.recursive = o.recursive || name == "rbind";
  } else if (name == "remount") {
    o.remount = true;
  } else if (name == "tmpcopyup") {
    o.copy_up = true;
  } else if (name == "idmap" || name == "ridmap") {
    o.id_map = name == "idmap" ? IdMap::Mount : IdMap::Tree;
  } else if (name != "defaults" && !name.empty() && name != "async" && name != "loud" && name != "nomand") {
    return false;
  }
  return true;
}

}  // namespace

u64 propagation_flags(const std::string& name) {
  for (const Propagation& p : kPropagations) {
    if (name == p.name) return p.flag;
    if (name.starts_with('r') && std::string_view(name).substr(1) == p.name) return p.flag | MS_REC;
  }
  return 0;
}

Result<MountOptions> parse_mount_options(const std::vector<std::string>& options) {
  MountOptions o;
  for (const std::string& option : options) {
    if (take_attribute(o, option) || take_word(o, option)) continue;
    if (const u64 flags = propagation_flags(option)) {
      o.propagation = flags & ~static_cast<u64>(MS_REC);
      o.propagate_tree = flags & MS_REC;
      continue;
    }
    if (option.find(',') != option.npos)
      return Error{exit_status::kVeneer,
                   "mount option '" + option + "' holds a comma: give the options one by one"};
    o.data.push_back(option);
  }
  return o;
}

std::vector<std::string> mount_option_names() {
  std::vector<std::string> out = {"bind",     "rbind",    "remount", "tmpcopyup", "idmap",
                                  "ridmap",   "defaults", "async",   "sync",      "dirsync",
                                  "lazytime", "silent",   "loud",    "mand",      "nomand"};
  for (const Attribute& a : kAttributes) {
    out.emplace_back(a.name);
    out.push_back("r" + std::string(a.name));
  }
  for (const Propagation& p : kPropagations) {
    out.emplace_back(p.name);
    out.push_back("r" + std::string(p.name));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace veneer::zone
