#include "translate/tier1/perf_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace veneer::tier1 {

void PerfMap::open() {
  // Never through somebody else's link: /tmp is everyone's.
  const std::string path = fmt::format("/tmp/perf-{}.map", ::getpid());
  ::unlink(path.c_str());
  file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
}

void PerfMap::add(u64 start, usize size, std::string_view name) {
  if (file_) write_all(file_.get(), fmt::format("{:x} {:x} {}\n", start, size, name));
}

}  // namespace veneer::tier1
