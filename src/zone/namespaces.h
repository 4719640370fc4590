// Kinds of namespaces, and joining them: namespaces(7).
#pragma once

#include <sys/types.h>
#include <optional>
#include <span>
#include <string_view>

#include "base/errors.h"
#include "base/files.h"
#include "zone/spec.h"

namespace veneer::zone {

struct NamespaceName {
  NamespaceKind kind;
  const char* oci;   // as config.json has it
  const char* proc;  // as /proc/PID/ns has it
  u64 flag;          // CLONE_NEW*
};

std::span<const NamespaceName> namespace_names();
std::optional<NamespaceKind> namespace_kind(std::string_view oci);
const NamespaceName& name_of(NamespaceKind kind);

// Opens the namespace at a path and checks that it is of the kind.
Result<Fd> open_namespace(NamespaceKind kind, const std::string& path);
// clone3(2) with SIGCHLD, or none where the parent is ours (CLONE_PARENT). `cgroup`: of version 2, or -1; where
// a kernel or sandbox refuses that, `in_cgroup` is false and the process is to be moved. -1: errno says why.
pid_t clone_process(u64 flags, int cgroup, bool& in_cgroup);
// Of the mapped ids of a user namespace, not of the one that nobody is; where 0 is not mapped it stays as it
// is.
void become_mapped_root();

// Is this thread in the same one as the process?
bool shares_namespace(pid_t pid, NamespaceKind kind);

}  // namespace veneer::zone
