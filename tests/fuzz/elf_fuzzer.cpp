// Feeds the ELF reader any bytes, and checks what it promises of those it accepts (program/elf.h).
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "program/elf.h"
#include "program/elf_code.h"
#include "program/script.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
  veneer::file_kind(file);
  veneer::parse_script_line({reinterpret_cast<const char*>(data), std::min(size, veneer::kScriptHead)});
  veneer::Result<veneer::ElfImage> r = veneer::parse_elf(file);
  if (!r) {
    require(!r.error().message.empty());
    return 0;
  }
  require(!r->segments.empty());
  veneer::u64 end = 0;
  bool entry = false;
  for (const veneer::ElfSegment& s : r->segments) {
    require(s.memsz > 0 && s.filesz <= s.memsz && s.vaddr >= end);
    end = s.vaddr + s.memsz;
    require(end > s.vaddr && end <= veneer::u64{1} << 47);
    require(s.filesz == 0 || (s.offset + s.filesz >= s.offset && s.offset + s.filesz <= size));
    require(s.filesz == 0 || (s.vaddr - s.offset) % 4096 == 0);
    entry |= r->entry >= s.vaddr && r->entry < end;
  }
  require(entry);
  if (const auto code = veneer::read_elf_code(veneer::SpanInput(file), *r)) {
    require(code->size > 0 && code->offset <= size && code->size <= size - code->offset);
    for (const veneer::u64 at : code->entries) require(at - code->vaddr < code->size);
  }
  return 0;
}
