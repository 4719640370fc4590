#include "program/proc_maps.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include <sys/mman.h>

#include "base/errors.h"
#include "base/files.h"

namespace veneer {
namespace {

// The host's line of one mapping: "start-end perms offset dev inode   name".
struct HostLine {
  u64 start = 0, end = 0, offset = 0;
  unsigned dev_major = 0, dev_minor = 0;
  u64 inode = 0;
  char shared = 'p';
  std::string_view name;
};

bool parse(std::string_view line, HostLine& out) {
  std::string text(line);
  char perms[5] = {};
  int name_at = 0;
  if (std::sscanf(text.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &out.start,
                  &out.end, perms, &out.offset, &out.dev_major, &out.dev_minor, &out.inode, &name_at) != 7) {
    return false;
  }
  out.shared = perms[3];
  out.name = line.substr(static_cast<usize>(name_at));
  out.name.remove_prefix(std::min(out.name.find_first_not_of(' '), out.name.size()));
  return true;
}

void print(const Process& process, const Mapping& m, const HostLine& host, std::string& out) {
  std::string_view name = host.name;
  switch (m.kind) {
    case Mapping::Kind::Heap: name = "[heap]"; break;
    case Mapping::Kind::Stack: name = "[stack]"; break;
    case Mapping::Kind::Vdso: name = "[vdso]"; break;
    case Mapping::Kind::Anonymous:
    case Mapping::Kind::File:
    case Mapping::Kind::SharedMemory:
      if (name.starts_with('/')) name = process.sysroot.to_guest(name);
      break;
  }
  // The vdso lies in veneer's own file; to the guest it is memory.
  bool file = m.kind != Mapping::Kind::Vdso;
  std::string line =
      format("%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " %02x:%02x %" PRIu64 " ", m.start, m.end,
             m.prot & PROT_READ ? 'r' : '-', m.prot & PROT_WRITE ? 'w' : '-', m.prot & PROT_EXEC ? 'x' : '-',
             host.shared, file ? host.offset + (m.start - host.start) : 0, file ? host.dev_major : 0,
             file ? host.dev_minor : 0, file ? host.inode : 0);
  if (!name.empty()) {
    if (line.size() < 73) line.append(73 - line.size(), ' ');  // the kernel's column for names
    line += name;
  }
  out += line;
  out += '\n';
}

}  // namespace

std::string guest_maps_text(const Process& process, const char* host_file) {
  std::string host = read_file(host_file).value_or("");
  std::vector<Mapping> guest = process.maps.all();
  std::string out;
  out.reserve(host.size());
  bool details = false;  // smaps: print the lines that follow a mapping that was printed
  auto next = guest.begin();
  for (std::string_view rest = host; !rest.empty();) {
    usize end = std::min(rest.find('\n'), rest.size() - 1);
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    HostLine line;
    if (!parse(text, line)) {
      if (details) out.append(text) += '\n';
      continue;
    }
    details = false;
    while (next != guest.end() && next->end <= line.start) ++next;
    for (auto m = next; m != guest.end() && m->start < line.end; ++m) {
      Mapping part = *m;
      part.start = std::max(part.start, line.start);
      part.end = std::min(part.end, line.end);
      print(process, part, line, out);
      details = true;
    }
  }
  return out;
}

}  // namespace veneer
