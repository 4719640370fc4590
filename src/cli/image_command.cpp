// veneer image
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "base/user_namespace.h"
#include "cli/verb_options.h"
#include "image/store.h"
#include "zone/id_map.h"
#include "zone/lasting/zones.h"
#include "zone/subprocess.h"

namespace veneer::cli {
namespace {

using image::Image;
using image::ImageStore;
using Args = std::vector<std::string>;

constexpr std::string_view kHelp = R"help(Images: what zones are made from.

Usage: veneer image [--store DIR] VERB ...

Verbs:
  import SOURCE    take in an OCI layout or archive, a docker-archive, a root tree or a tar archive of one (of any
                   compression); --name NAME, --arch ARCHITECTURE of an index
  pull REFERENCE   take in an image of a registry, by skopeo(1): docker://docker.io/library/debian:12
  list             show the images; --json
  show NAME        show an image, as JSON
  export NAME TO   write an OCI archive (TO.tar) or layout (a directory)
  remove NAME      forget an image
  gc               remove layers that no image and no zone has

Images are in /var/lib/veneer, without root in ~/.local/share/veneer.

Examples:
  veneer image import --name debian-arm64 /srv/arm64-root
  podman save --format oci-archive -o web.tar web && veneer image import web.tar
)help";

// Without root, owners and whiteouts need a user namespace whose ids are mapped.
Result<int> with_ids(const std::function<Result<int>()>& f) {
  if (::geteuid() == 0) return f();
  const int status = zone::run_mapped([&] {
    Result<int> r = f();
    if (r) return *r;
    report(r.error().message);
    return r.error().status;
  });
  return status;
}

std::string line_of(const Image& i) {
  return format("%s (%s, %zu layer%s)\n", i.name.c_str(), i.architecture.c_str(), i.layers.size(),
                i.layers.size() == 1 ? "" : "s");
}

Result<int> import(const ImageStore& store, const image::ImportOptions& options) {
  return with_ids([&]() -> Result<int> {
    Result<Image> image = image::import_image(store, options);
    if (!image) return image.error();
    if (image->left_out > 0)
      report(format("warning: %llu device nodes were left out: they may not be made here",
                    static_cast<unsigned long long>(image->left_out)));
    return print(line_of(*image));
  });
}

Result<int> import_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image import", "Takes in an image or a root.");
  image::ImportOptions o;
  verb->add_option("-n,--name", o.name, "its name here");
  verb->add_option("-a,--arch", o.architecture, "of an index: which architecture");
  verb->add_option("source", o.source, "OCI layout or archive, docker-archive, root tree, tar archive")
      ->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return import(store, o);
}

Result<int> pull_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image pull", "Takes in an image of a registry, by skopeo.");
  image::ImportOptions o;
  std::string reference;
  verb->add_option("-n,--name", o.name, "its name here");
  verb->add_option("-a,--arch", o.architecture, "which architecture");
  verb->add_option("reference", reference, "as skopeo has it: docker://NAME")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  static constexpr std::string_view kTransports[] = {
      "docker://",      "oci:",    "oci-archive:", "docker-archive:", "dir:", "containers-storage:",
      "docker-daemon:", "ostree:", "sif:"};
  const bool named = std::any_of(std::begin(kTransports), std::end(kTransports),
                                 [&](std::string_view t) { return reference.starts_with(t); });
  if (!named) reference = "docker://" + reference;
  if (o.name.empty())
    o.name = reference.substr(reference.find(':') + (reference.starts_with("docker://") ? 3 : 1));
  if (Failure e = image::make_directories(store.root())) return *e;
  std::string scratch = store.root() + "/.pull-XXXXXX";
  if (!::mkdtemp(scratch.data())) return failed(errno, "write to '%s'", store.root().c_str());
  Args line = {"skopeo", "copy", "--quiet"};
  if (!o.architecture.empty()) line.insert(line.end(), {"--override-arch", o.architecture});
  line.insert(line.end(), {reference, "oci:" + scratch});
  Result<zone::Finished> finished = zone::run_to_end(line, {});
  Result<int> r = 0;
  if (!finished) {
    r = Error{exit_status::kVeneer,
              "pulling needs skopeo: install the package skopeo (" + finished.error().message + ")"};
  } else if (finished->status != 0) {
    r = Error{exit_status::kVeneer, "skopeo could not pull '" + reference + "': " + finished->output};
  } else {
    o.source = scratch;
    r = import(store, o);
  }
  image::remove_tree(scratch);
  return r;
}

Result<int> list_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image list", "Shows the images.");
  bool json = false;
  verb->add_flag("--json", json, "as JSON");
  if (auto end = verb.parse(std::move(args))) return *end;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string out = format("%-40s %-12s %-7s %s\n", "NAME", "ARCHITECTURE", "LAYERS", "IMPORTED");
  for (const Image& i : store.list()) {
    all.push_back(
        {{"name", i.name}, {"architecture", i.architecture}, {"layers", i.layers}, {"created", i.created}});
    out += format("%-40s %-12s %-7zu %s\n", i.name.c_str(), i.architecture.c_str(), i.layers.size(),
                  i.created.c_str());
  }
  return print(json ? all.dump() + "\n" : out);
}

Result<int> show_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image show", "Shows an image.");
  std::string name;
  verb->add_option("name", name)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  Result<Image> i = store.find(name);
  if (!i) return i.error();
  nlohmann::ordered_json j = {
      {"name", i->name}, {"architecture", i->architecture}, {"created", i->created}, {"layers", i->layers}};
  j["config"] = nlohmann::ordered_json::parse(i->config, nullptr, false);
  return print(j.dump(2) + "\n");
}

Result<int> export_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image export", "Writes an image.");
  std::string name, to;
  verb->add_option("name", name)->required();
  verb->add_option("to", to, "NAME.tar, or a directory")->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  Result<Image> i = store.find(name);
  if (!i) return i.error();
  return with_ids([&] { return done(image::export_image(store, *i, to)); });
}

Result<int> remove_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image remove", "Forgets an image; `gc` frees its layers.");
  std::string name;
  verb->add_option("name", name)->required();
  if (auto end = verb.parse(std::move(args))) return *end;
  return done(store.remove(name));
}

Result<int> gc_verb(const ImageStore& store, Args args) {
  Verb verb("veneer image gc", "Removes layers that no image and no zone has.");
  if (auto end = verb.parse(std::move(args))) return *end;
  const std::vector<std::string> used = zone::Zones(store.root()).used_layers();
  return with_ids([&]() -> Result<int> {
    Result<usize> removed = store.collect(used);
    if (!removed) return removed.error();
    return print(format("%zu removed\n", *removed));
  });
}

struct ImageVerb {
  std::string_view name;
  Result<int> (*run)(const ImageStore&, Args);
};
constexpr ImageVerb kVerbs[] = {{"import", import_verb}, {"pull", pull_verb},     {"list", list_verb},
                                {"show", show_verb},     {"export", export_verb}, {"remove", remove_verb},
                                {"gc", gc_verb}};

}  // namespace

int image_command(int argc, char** argv) {
  Args args(argv, argv + argc);
  std::string root = ImageStore::default_root();
  if (args.size() > 1 && args[0] == "--store") {
    root = args[1];
    args.erase(args.begin(), args.begin() + 2);
  }
  if (args.empty()) {
    report("no verb given; see `veneer image --help`");
    return exit_status::kVeneer;
  }
  if (args[0] == "--help" || args[0] == "-h") return print(kHelp);
  for (const ImageVerb& verb : kVerbs) {
    if (verb.name != args[0]) continue;
    args.erase(args.begin());
    Result<int> status = verb.run(ImageStore(root), std::move(args));
    if (status) return *status;
    report(status.error().message);
    return status.error().status;
  }
  report("unknown verb '" + args[0] + "'; see `veneer image --help`");
  return exit_status::kVeneer;
}

}  // namespace veneer::cli
