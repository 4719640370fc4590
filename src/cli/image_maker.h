// Makes images for the cache of translations, of files that nobody trusts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "program/process.h"
#include "translate/image.h"

namespace veneer::cli {

struct MadeImage {
  bool was_there = false;  // and was left as it is
  ImageSummary summary;
};

// Code of a file that has been read, and where it will be mapped.
struct CodeFile {
  std::string path;
  u64 digest = 0;  // file_digest()
  std::vector<std::byte> bytes;
  u64 offset = 0;  // in the file, of `start`
  GuestAddr start = 0;
};

// Reads what is open; the offset and the address are left to the caller. The errors' messages are the reason
// alone.
Result<CodeFile> read_code_file(int fd, const std::string& path);

// The code of a program, its interpreter and the libraries that it names, as the cache has them placed. Paths
// are beneath the `roots`, of which the last that has a file counts, and are looked up in them only.
Result<std::vector<CodeFile>> code_of_program(const TranslationCache& cache, std::span<const Fd> roots,
                                              const std::string& path);

// Of which blocks an image is: of all that can be found, or of those that the cache has noted down as wanted.
enum class Blocks : u8 { Found, Wanted };

// The image of the code, made by a process that can do nothing else, in place of one that has less.
// `platforms`: what there is to choose from, by the file's machine.
Result<MadeImage> make_image(const TranslationCache& cache, const TranslatorOptions& options,
                             std::span<const GuestPlatform> platforms, const CodeFile& file, Blocks which);

}  // namespace veneer::cli
