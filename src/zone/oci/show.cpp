// state, list and ps
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zone/oci/runtime.h"
#include "zone/subprocess.h"

namespace veneer::zone::oci {
namespace {

using Json = nlohmann::ordered_json;

std::string pad(std::string text, usize width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

// A table with a column as wide as its longest entry.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<usize> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (usize i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (usize i = 0; i < row.size(); i++) line += pad(row[i], widths[i]);
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace

Result<std::string> state(const Runtime& runtime, const std::string& id) {
  Result<ContainerState> s = runtime.store.read(id);
  if (!s) return s.error();
  return state_json(*s, name_of(runtime.store.status(*s)), true) + "\n";
}

Result<std::string> list(const Runtime& runtime, bool quiet, bool json) {
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  std::string ids;
  for (const std::string& id : runtime.store.ids()) {
    Result<ContainerState> s = runtime.store.read(id);
    if (!s) continue;
    const char* status = name_of(runtime.store.status(*s));
    const pid_t pid = std::string_view(status) == "stopped" ? 0 : s->pid;
    ids += id + "\n";
    rows.push_back({id, std::to_string(pid), status, s->bundle, s->created, "#" + s->owner});
    if (json) all.push_back(Json::parse(state_json(*s, status, true)));
  }
  if (quiet) return ids;
  return json ? all.dump() + "\n" : table(rows);
}

Result<std::string> processes(const Runtime& runtime, const std::string& id, bool json,
                              const std::vector<std::string>& ps_arguments) {
  Result<ContainerState> s = runtime.store.read(id);
  if (!s) return s.error();
  std::vector<pid_t> pids = Cgroup(s->cgroups).processes();
  if (pids.empty() && runtime.store.status(*s) != Status::Stopped) pids.push_back(s->pid);
  if (json) return Json(pids).dump() + "\n";
  std::vector<std::string> args = {"ps"};
  args.insert(args.end(), ps_arguments.begin(), ps_arguments.end());
  if (ps_arguments.empty()) args.emplace_back("-ef");
  SubprocessOptions options;
  options.timeout = std::chrono::seconds(30);
  Result<Finished> done = run_to_end(args, options);
  if (!done) return done.error();
  if (done->status != 0) return Error{exit_status::kVeneer, "ps failed: " + done->output};
  std::istringstream lines(done->output);
  std::string out, line;
  usize column = std::string::npos;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;) fields.push_back(word);
    if (column == std::string::npos) {
      column = static_cast<usize>(std::find(fields.begin(), fields.end(), "PID") - fields.begin());
      if (column == fields.size()) return Error{exit_status::kVeneer, "what ps shows has no column PID"};
      out += line + "\n";
    } else if (column < fields.size() &&
               std::any_of(
                   pids.begin(), pids.end(),
                   [&](pid_t pid) { return std::to_string(pid) == fields[column]; })) {
      out += line + "\n";
    }
  }
  return out;
}

}  // namespace veneer::zone::oci
