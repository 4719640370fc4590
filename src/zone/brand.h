// The brand of a zone: what executes the programs of its instruction set. `native` needs nothing; another one
// is veneer's translator, which is given to the zone's processes as a descriptor and is in no directory that
// they see.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/files.h"
#include "base/types.h"
#include "image/architecture.h"

namespace veneer::zone {

struct Brand {
  Architecture architecture = Architecture::Native;
  Fd translator;  // executes programs that are not the host's
  // What its processors have: texts of `veneer run --cpu`, spaces between them. It says what is wrong with them
  // when it is started.
  std::string cpus;
  // A set-user-ID copy of it, for programs that are; empty where there can be none. The kernel honours its bits
  // only on a mount of the zone's own mount namespace: see Init.
  std::string set_id_path;
  Fd translations;  // what is kept of translations on disk, to be read only; see translations.h

  bool native() const { return architecture == Architecture::Native; }
};

// The annotation of a container that says Brand::cpus.
inline constexpr const char* kCpuAnnotation = "veneer.cpu";

// The brand for programs of an architecture. The translator is veneer itself: a copy that nobody inside can
// write to.
Result<Brand> make_brand(Architecture architecture,
                         const std::vector<std::pair<std::string, std::string>>& annotations = {});

// How execve(2) is to be called for a program of the brand: the file to execute (a descriptor), and its
// arguments.
std::vector<std::string> translator_arguments(const Brand& brand, int set_id_translator,
                                              const std::string& program, const std::vector<std::string>& args);

}  // namespace veneer::zone
