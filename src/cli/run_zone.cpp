// veneer run IMAGE|ROOT
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include "cli/run_zone.h"
#include "image/architecture.h"
#include "zone/brand.h"
#include "zone/lasting/image_config.h"
#include "zone/lasting/zones.h"
#include "zone/own_executable.h"

namespace veneer::cli {
namespace {

bool in_path(const std::string& name) {
  std::string_view path = std::getenv("PATH") ? std::getenv("PATH") : "/usr/local/bin:/usr/bin:/bin";
  while (!path.empty()) {
    const std::string directory(path.substr(0, path.find(':')));
    path.remove_prefix(std::min(path.size(), directory.size() + 1));
    if (::access((directory + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// Nothing of it outlives the program.
struct Ephemeral {
  zone::Zone zone;
  zone::UserIds user;
};

Result<Ephemeral> zone_of(const RunOptions& o) {
  Ephemeral out;
  zone::Zone& z = out.zone;
  z.name = "run";
  struct stat info{};
  if (::stat(o.program.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    const Fd root(::open(o.program.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return failed(errno, "open the root '%s'", o.program.c_str());
    std::optional<Architecture> architecture = architecture_of_root(root.get());
    if (!architecture)
      return Error{
          exit_status::kCannotRun,
          "'" + o.program +
              "' is a directory, but no root tree: it has no shell and no other program that is known"};
    z.architecture = oci_name(*architecture);
    z.layers = {o.program};
    z.config.command = o.args.empty() ? std::vector<std::string>{"/bin/sh"} : o.args;
    return out;
  }
  const image::ImageStore store(image::ImageStore::default_root());
  Result<image::Image> image = store.find(o.program);
  if (!image) return image.error();
  for (const std::string& id : image->layers) z.layers.push_back(store.layer_path(id));
  z.architecture = image->architecture;
  Result<zone::ImageConfig> config = zone::read_image_config(image->config);
  if (!config) return config.error();
  z.environment = std::move(config->environment);
  z.working_directory = std::move(config->working_directory);
  Result<zone::UserIds> user = zone::user_ids_in(config->user, z.layers);
  if (!user) return user.error();
  out.user = *user;
  std::vector<std::string>& command = z.config.command;
  command = std::move(config->entrypoint);
  const std::vector<std::string>& args = o.args.empty() ? config->command : o.args;
  command.insert(command.end(), args.begin(), args.end());
  if (command.empty()) command = {"/bin/sh"};
  return out;
}

int fail(const Error& error) {
  report(error.message);
  return error.status;
}

}  // namespace

bool names_zone(const RunOptions& o) {
  if (o.zone || o.program_fd >= 0 || !o.root.empty()) return false;
  struct stat info{};
  if (::stat(o.program.c_str(), &info) == 0 && o.program.find('/') != std::string::npos)
    return S_ISDIR(info.st_mode);
  if (o.program.find('/') == std::string::npos && in_path(o.program)) return false;
  return static_cast<bool>(image::ImageStore(image::ImageStore::default_root()).find(o.program));
}

int run_in_zone(const RunOptions& o, int argc, char** argv) {
  std::vector<char*> again = {const_cast<char*>("veneer"), const_cast<char*>("run")};
  again.insert(again.end(), argv, argv + argc);
  again.push_back(nullptr);
  if (Failure e = zone::protect_own_executable(again.data())) return fail(*e);
  Result<Ephemeral> made = zone_of(o);
  if (!made) return fail(made.error());
  zone::Zone* z = &made->zone;
  for (const auto& [name, value] : o.set_env) z->environment.push_back(name + "=" + value);
  const bool terminal = ::isatty(0) && ::isatty(1);
  if (terminal)
    z->environment.push_back("TERM=" + std::string(std::getenv("TERM") ? std::getenv("TERM") : "xterm"));
  z->config.hostname = "veneer";
  for (const std::string& cpu : o.cpus) z->config.cpu_model += (z->config.cpu_model.empty() ? "" : " ") + cpu;
  if (o.network == "shared") z->config.network = zone::ZoneNetwork::Shared;
  z->name = "run-" + std::to_string(::getpid());

  const zone::Zones zones(image::ImageStore::default_root());
  std::string bundle = zones.runtime().store.root();
  if (Failure e = image::make_directories(bundle)) return fail(*e);
  bundle += "/.run-XXXXXX";
  if (!::mkdtemp(bundle.data()))
    return fail(failed(errno, "make a directory in '%s'", zones.runtime().store.root().c_str()));
  int status = 0;
  const std::string config = bundle + "/config.json";
  const Fd fd(::open(config.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd || !write_all(fd.get(), zone::zone_bundle(*z, bundle, made->user, terminal)) ||
      ::mkdir((bundle + "/root").c_str(), 0755) != 0) {
    status = fail(failed(errno, "write '%s'", config.c_str()));
  } else {
    const zone::OverlayRoot overlay{z->layers, "", ""};
    zone::oci::CreateOptions options;
    options.id = z->name;
    options.bundle = bundle;
    options.overlay = &overlay;
    options.architecture = architecture_of(z->architecture);
    Result<int> r = zone::oci::run(zones.runtime(), options);
    status = r ? *r : fail(r.error());
  }
  image::remove_tree(bundle);
  return status;
}

}  // namespace veneer::cli
