// The static libarchive's table of formats names xar's writer, which would bring libxml2 and ICU with it.
// veneer writes tar alone: this takes the writer's place when the program is linked.
#include <archive.h>

extern "C" int archive_write_set_format_xar(archive*);
extern "C" int archive_write_set_format_xar(archive*) {
  return ARCHIVE_FATAL;
}
