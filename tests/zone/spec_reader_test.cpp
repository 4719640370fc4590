#include "zone/oci/spec_reader.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "zone/oci/runtime.h"

namespace veneer::zone::oci {
namespace {

std::string minimal(const std::string& rest = "") {
  return R"({"ociVersion": "1.0.2", "root": {"path": "rootfs"})" + rest + "}";
}

TEST(SpecReader, TakesTheConfigurationThatItWrites) {
  for (bool rootless : {false, true}) {
    Result<Spec> spec = read_spec(default_config(rootless));
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(spec->root_path, "rootfs");
    EXPECT_TRUE(spec->root_readonly);
    ASSERT_TRUE(spec->process);
    EXPECT_EQ(spec->process->args, std::vector<std::string>{"sh"});
    EXPECT_TRUE(spec->creates(NamespaceKind::Pid));
    EXPECT_EQ(spec->creates(NamespaceKind::User), rootless);
    EXPECT_EQ(spec->uid_mappings.size(), rootless ? 1u : 0u);
  }
}

TEST(SpecReader, NamesTheFieldThatIsWrong) {
  const struct {
    const char* rest;
    const char* field;
  } cases[] = {
      {R"(, "process": {"cwd": "/", "args": ["a", 1]})", "process.args[1]"},
      {R"(, "process": {"cwd": "relative"})", "process.cwd"},
      {R"(, "process": {"cwd": "/", "oomScoreAdj": 1001})", "process.oomScoreAdj"},
      {R"(, "process": {"cwd": "/", "user": {"uid": -1}})", "process.user.uid"},
      {R"(, "process": {"cwd": "/", "user": {"uid": 4294967296}})", "process.user.uid"},
      {R"(, "process": {"cwd": "/", "env": ["A=\u0000"]})", "process.env[0]"},
      {R"(, "mounts": [{"type": "tmpfs"}])", "mounts[0].destination"},
      {R"(, "mounts": {})", "mounts"},
      {R"(, "hooks": {"prestart": [{"path": "true"}]})", "hooks.prestart[0].path"},
      {R"(, "linux": {"namespaces": [{"type": "pid"}, {"type": "pid"}]})", "linux.namespaces[1].type"},
      {R"(, "linux": {"namespaces": [{"type": "wrong"}]})", "linux.namespaces[0].type"},
      {R"(, "linux": {"devices": [{"path": "/dev/x", "type": "c"}]})", "linux.devices[0].major"},
      {R"(, "linux": {"resources": {"devices": [{"allow": true, "access": "x"}]}})",
       "linux.resources.devices[0].access"},
      {R"(, "linux": {"resources": {"unified": {"../x": "1"}}})", "linux.resources.unified"},
      {R"(, "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "x"}]}})",
       "linux.seccomp.syscalls[0].names"},
      {R"(, "linux": {"intelRdt": {}})", "linux.intelRdt"},
      {R"(, "annotations": {"a": 1})", "annotations.a"},
  };
  for (const auto& c : cases) {
    Result<Spec> spec = read_spec(minimal(c.rest));
    ASSERT_FALSE(spec) << c.rest;
    EXPECT_TRUE(spec.error().message.starts_with(c.field)) << spec.error().message;
  }
}

TEST(SpecReader, RefusesOtherVersions) {
  for (const char* version : {"2.0.0", "1", "", "1.x", "0.9.0", "1.0\\n.0"})
    EXPECT_FALSE(read_spec(std::string(R"({"ociVersion": ")") + version + R"(", "root": {"path": "r"}})"))
        << version;
  for (const char* version : {"1.0.0", "1.0.2-dev", "1.2.0", "1.99.0"})
    EXPECT_TRUE(read_spec(std::string(R"({"ociVersion": ")") + version + R"(", "root": {"path": "r"}})"))
        << version;
}

TEST(SpecReader, UnknownCapabilitiesAreLeftOut) {
  Result<Process> process = read_process(
      R"({"cwd": "/", "capabilities": {"bounding": ["CAP_KILL", "CAP_NOT_ONE"], "effective": ["cap_kill"]}})");
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(process->capabilities->bounding, u64{1} << 5);
  EXPECT_EQ(process->capabilities->effective, u64{1} << 5);
}

// Every prefix of a configuration, and every one with a byte exchanged, is either taken or refused.
TEST(SpecReader, AnyTextIsTakenOrRefused) {
  const std::string text = default_config(true);
  for (usize n = 0; n < text.size(); n += 3) (void)read_spec(text.substr(0, n));
  for (usize at = 0; at < text.size(); at++) {
    for (char c : {'{', '"', '0', '\0', '\xff'}) {
      std::string changed = text;
      changed[at] = c;
      (void)read_spec(changed);
    }
  }
  (void)read_spec(std::string(200000, '['));
  (void)read_spec(std::string(100000, '{'));
}

}  // namespace
}  // namespace veneer::zone::oci
