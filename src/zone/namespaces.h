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
// Is this thread in the same one as the process?
bool shares_namespace(pid_t pid, NamespaceKind kind);

}  // namespace veneer::zone
