// The guest's environment, and how it passes through the environment of a veneer that is started for it:
// variables that veneer's own dynamic linker and C library would act upon travel under another name.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veneer {

// NAME=VALUE as it goes into the environment of a new veneer process.
bool needs_hiding(std::string_view variable);
std::string hidden(std::string_view variable);

// The guest's environment from veneer's: hidden ones restored, then -E and -U applied.
std::vector<std::string> guest_environment(const char* const* host,
                                           const std::vector<std::pair<std::string, std::string>>& set,
                                           const std::vector<std::string>& unset);

// The value of a variable in it; null when there is none.
const char* find_variable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace veneer
