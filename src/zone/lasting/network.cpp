#include "zone/lasting/network.h"

#include <signal.h>
#include <unistd.h>

#include "base/files.h"
#include "zone/subprocess.h"

namespace veneer::zone {
namespace {

Failure ip(std::vector<std::string> args) {
  args.insert(args.begin(), "ip");
  SubprocessOptions options;
  options.timeout = std::chrono::seconds(20);
  Result<Finished> done = run_to_end(args, options);
  std::string line;
  for (const std::string& a : args) line += (line.empty() ? "" : " ") + a;
  if (!done)
    return Error{exit_status::kVeneer,
                 "a private network needs ip(8), of the package iproute2: " + done.error().message};
  if (done->status != 0)
    return Error{exit_status::kVeneer, "cannot make the zone's network: `" + line + "`: " + done->output};
  return std::nullopt;
}

// The kernel's names have 15 characters.
std::string host_side(const std::string& zone) {
  unsigned hash = 2166136261u;
  for (unsigned char c : zone) hash = (hash ^ c) * 16777619u;
  return format("vnr%08x", hash);
}

Failure in_zone(pid_t init, std::vector<std::string> args) {
  std::vector<std::string> line = {"nsenter", "-t", std::to_string(init), "-n", "ip"};
  line.insert(line.end(), args.begin(), args.end());
  SubprocessOptions options;
  options.timeout = std::chrono::seconds(20);
  Result<Finished> done = run_to_end(line, options);
  if (!done) return done.error();
  if (done->status != 0) return Error{exit_status::kVeneer, "cannot make the zone's network: " + done->output};
  return std::nullopt;
}

Failure bridged(const std::string& zone, const ZoneConfig& c, pid_t init) {
  const std::string bridge = c.bridge.empty() ? "veneer0" : c.bridge, host = host_side(zone);
  if (::access(("/sys/class/net/" + bridge).c_str(), F_OK) != 0) {
    if (Failure e = ip({"link", "add", bridge, "type", "bridge"})) return e;
    if (!c.gateway.empty() && c.address.find('/') != c.address.npos) {
      if (Failure e = ip({"addr", "add", c.gateway + c.address.substr(c.address.find('/')), "dev", bridge}))
        return e;
    }
    if (Failure e = ip({"link", "set", bridge, "up"})) return e;
  }
  (void)ip({"link", "del", host});
  if (Failure e =
          ip({"link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", std::to_string(init)}))
    return e;
  if (Failure e = ip({"link", "set", host, "master", bridge, "up"})) return e;
  if (!c.address.empty()) {
    if (Failure e = in_zone(init, {"addr", "add", c.address, "dev", "eth0"})) return e;
  }
  if (Failure e = in_zone(init, {"link", "set", "eth0", "up"})) return e;
  if (!c.gateway.empty()) return in_zone(init, {"route", "add", "default", "via", c.gateway});
  return std::nullopt;
}

Failure user_mode(pid_t init) {
  // It ends by itself with the zone's network namespace.
  SubprocessOptions options;
  options.timeout = std::chrono::seconds(10);
  Result<Finished> done =
      run_to_end({"sh", "-c",
                  "slirp4netns --configure --mtu=65520 --disable-host-loopback " + std::to_string(init) +
                      " tap0 >/dev/null 2>&1 & sleep 0.3; kill -0 $!"},
                 options);
  if (!done || done->status != 0)
    return Error{exit_status::kVeneer,
                 "a private network without root needs slirp4netns(1): install the package slirp4netns, or set "
                 "network.type to none or shared"};
  return std::nullopt;
}

}  // namespace

Failure connect_network(const std::string& zone, const ZoneConfig& c, pid_t init) {
  if (c.network == ZoneNetwork::Shared) return std::nullopt;
  if (::geteuid() == 0) {
    if (c.network == ZoneNetwork::None) return std::nullopt;
    if (Failure e = in_zone(init, {"link", "set", "lo", "up"})) return e;
    return bridged(zone, c, init);
  }
  if (c.network == ZoneNetwork::Private) return user_mode(init);
  return std::nullopt;
}

void disconnect_network(const std::string& zone, const ZoneConfig& c) {
  if (c.network == ZoneNetwork::Private && ::geteuid() == 0) (void)ip({"link", "del", host_side(zone)});
}

}  // namespace veneer::zone
