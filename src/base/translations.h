// Where translations are kept on disk, and how files that they are made of are told apart. See
// program/translation_cache.h.
#pragma once

#include <optional>
#include <string>

#include "base/types.h"

namespace veneer {

// The directory of this user, or what VENEER_TRANSLATIONS names; empty: it cannot be known. It need not be
// there.
std::string translations_directory();
// May only this user and root write to the directory that is open?
bool is_safe_directory(int fd);

// A number that says which file it is, by its first page and its size; two files that someone made to be alike
// may have the same. Nothing when it cannot be read.
std::optional<u64> file_digest(int fd);

}  // namespace veneer
