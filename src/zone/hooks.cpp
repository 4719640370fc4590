#include "zone/hooks.h"

#include "zone/subprocess.h"

namespace veneer::zone {

Failure run_hooks(std::span<const Hook> hooks, const char* kind, const std::string& state) {
  for (const Hook& hook : hooks) {
    SubprocessOptions options;
    options.path = hook.path;
    options.env = hook.env;
    options.input = state;
    if (hook.timeout) options.timeout = std::chrono::seconds(*hook.timeout);
    Result<Finished> done =
        run_to_end(hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args, options);
    if (!done)
      return Error{exit_status::kVeneer, format("the %s hook failed: %s", kind, done.error().message.c_str())};
    if (done->status != 0)
      return Error{exit_status::kVeneer,
                   format("the %s hook '%s' ended with status %d%s%s", kind, hook.path.c_str(), done->status,
                          done->output.empty() ? "" : ": ", done->output.c_str())};
  }
  return std::nullopt;
}

}  // namespace veneer::zone
