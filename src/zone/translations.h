// The translations that are kept on disk, for the zones whose programs are translated: the processes of a zone
// can read them; they are made outside, of the files of the zone's root.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "zone/spec.h"

namespace veneer::zone {

// The directory on a mount of its own, which nobody can write to and from which no path leads on. -1: there is
// none, or this process may not make one.
Fd translations_view();

// Has what the process is going to execute translated, by a process of its own, unless that has been done.
// `roots`: the root, or the layers that it is made of, the lowest first.
void request_translations(const std::vector<std::string>& roots, const Process& process);

}  // namespace veneer::zone
