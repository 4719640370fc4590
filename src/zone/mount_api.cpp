#include "zone/mount_api.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cerrno>

namespace veneer::zone {
namespace {

// What the kernel logged in a file system context, lines "e MESSAGE".
std::string context_log(int context) {
  char text[512];
  std::string out;
  for (ssize_t n; (n = ::read(context, text, sizeof text)) > 0;) {
    std::string_view line(text, static_cast<usize>(n));
    if (line.size() < 2 || line[0] != 'e') continue;
    line.remove_prefix(2);
    while (line.ends_with('\n')) line.remove_suffix(1);
    out.append(out.empty() ? " (" : "; ").append(line);
  }
  return out.empty() ? out : out + ")";
}

Error context_error(int context, int error, const std::string& what) {
  Error e = failed(error, "%s", what.c_str());
  e.message += context_log(context);
  return e;
}

int configure(int context, const std::string& option) {
  const usize equals = option.find('=');
  if (equals == option.npos) return ::fsconfig(context, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0);
  return ::fsconfig(context, FSCONFIG_SET_STRING, option.substr(0, equals).c_str(), option.c_str() + equals + 1,
                    0);
}

}  // namespace

Result<Fd> new_filesystem(const std::string& type, const std::string& source,
                          const std::vector<std::string>& data) {
  Fd context(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
  if (!context) return failed(errno, "make a file system of type '%s'", type.c_str());
  if (!source.empty() && ::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", source.c_str(), 0) != 0)
    return context_error(context.get(), errno, "take '" + source + "' as source of " + type);
  for (const std::string& option : data) {
    if (configure(context.get(), option) != 0)
      return context_error(context.get(), errno, "set the option '" + option + "' of " + type);
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return context_error(context.get(), errno, "make a file system of type '" + type + "'");
  Fd tree(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!tree) return context_error(context.get(), errno, "mount a file system of type '" + type + "'");
  return tree;
}

Result<Fd> clone_tree(int dir, const std::string& path, bool recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  if (path.empty()) flags |= AT_EMPTY_PATH;
  if (recursive) flags |= AT_RECURSIVE;
  Fd tree(::open_tree(dir, path.c_str(), flags));
  if (!tree) return failed(errno, "bind '%s'", path.c_str());
  return tree;
}

Failure attach_tree(int tree, int at, const std::string& path_for_messages) {
  if (::move_mount(tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    return failed(errno, "mount at '%s'", path_for_messages.c_str());
  return std::nullopt;
}

Failure set_attributes(int tree, u64 set, u64 clear, u64 propagation, bool recursive, int userns) {
  if (set == 0 && clear == 0 && propagation == 0) return std::nullopt;
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  if (userns >= 0) {
    attributes.attr_set |= MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<u64>(userns);
  }
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  if (::mount_setattr(tree, "", flags, &attributes, sizeof attributes) != 0)
    return failed(errno, "set the attributes of a mount");
  return std::nullopt;
}

}  // namespace veneer::zone
