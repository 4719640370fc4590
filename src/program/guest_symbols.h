// Names of guest code, from the symbol tables of the files that it is mapped from: for profilers. Best effort:
// a file that is no ELF file, or has no symbols, names nothing. Files are untrusted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/types.h"

namespace veneer {

// The functions of one file, by file offset.
class SymbolTable {
 public:
  // Of the file with this name on the host.
  static SymbolTable read(const char* path);
  // "name" or "name+0x10"; empty when no function holds the offset.
  std::string name_at(u64 offset) const;
  bool empty() const { return symbols_.empty(); }

 private:
  struct Symbol {
    u64 offset, size;
    std::string name;
  };
  std::vector<Symbol> symbols_;  // by offset
};

class GuestSymbols {
 public:
  // The function at `pc`, or the file and the offset in it, or the address.
  std::string name(GuestAddr pc);

 private:
  struct Mapped {
    GuestAddr start = 0, end = 0;
    u64 offset = 0;
    std::string path;
  };
  const Mapped* mapped_at(GuestAddr pc);
  void read_maps();

  std::map<GuestAddr, Mapped> maps_;  // as /proc/self/maps had them when it was last read
  std::map<std::string, SymbolTable> tables_;
};

}  // namespace veneer
