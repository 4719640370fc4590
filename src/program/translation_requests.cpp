#include "program/translation_requests.h"

#include "base/background.h"

namespace veneer {

void request_translations(const Thread& thread) {
  Process& process = thread.process;
  if (!process.cache.can_write() || thread.trace.control.traced || thread.seccomp.mode != SECCOMP_MODE_DISABLED)
    return;
  const std::vector<MappedCode> missing = process.cache.take_missing(*process.translator);
  if (missing.empty()) return;
  std::vector<std::string> line = {"veneer", "cache", "build", "--background"};
  if (!process.options.translator.disable_features.empty())
    line.push_back("--disable=" + process.options.translator.disable_features);
  for (const std::string& cpu : process.options.cpus) line.push_back("--cpu=" + cpu);
  for (const MappedCode& code : missing)
    line.push_back(format("--mapped=%llx:%llx:%s", static_cast<unsigned long long>(code.offset),
                          static_cast<unsigned long long>(code.start), code.path.c_str()));
  start_in_background("/proc/self/exe", std::move(line));
}

}  // namespace veneer
