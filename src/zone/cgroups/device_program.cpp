// Device rules of cgroup v2: Documentation/admin-guide/cgroup-v2.rst, "Device controller"; bpf(2).
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "zone/cgroups/limits.h"

namespace veneer::zone {
namespace {

long bpf(bpf_cmd command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

bpf_insn instruction(u8 code, u8 dst, u8 src, s16 offset, s32 immediate) {
  bpf_insn i{};
  i.code = code;
  i.dst_reg = dst & 15;
  i.src_reg = src & 15;
  i.off = offset;
  i.imm = immediate;
  return i;
}

// r2: type, r3: access, r4: major, r5: minor; the context (bpf_cgroup_dev_ctx) comes in r1.
class DeviceProgram {
 public:
  DeviceProgram() {
    load(2, offsetof(bpf_cgroup_dev_ctx, access_type));
    code_.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0));
    code_.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff));
    code_.push_back(instruction(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16));
    load(4, offsetof(bpf_cgroup_dev_ctx, major));
    load(5, offsetof(bpf_cgroup_dev_ctx, minor));
  }

  // The rule decides when the access is of its device and within its accesses (deny: has one of them).
  void rule(const DeviceRule& rule) {
    std::vector<bpf_insn> tests;
    auto unless_equal = [&](u8 reg, u32 value) {
      tests.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, static_cast<s32>(value)));
    };
    if (rule.type != 'a') unless_equal(2, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    const u32 access = access_bits(rule.access);
    if (access != (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)) {
      tests.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0));
      tests.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, static_cast<s32>(access)));
      if (rule.allow) {
        tests.push_back(instruction(BPF_JMP | BPF_JNE | BPF_X, 1, 3, 0, 0));
      } else {
        tests.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, 0));
      }
    }
    if (rule.major) unless_equal(4, *rule.major);
    if (rule.minor) unless_equal(5, *rule.minor);
    for (usize i = 0; i < tests.size(); i++) {
      if (BPF_CLASS(tests[i].code) == BPF_JMP) tests[i].off = static_cast<s16>(tests.size() - i - 1 + 2);
    }
    code_.insert(code_.end(), tests.begin(), tests.end());
    answer(rule.allow);
    decided_ = decided_ || tests.empty();
  }
  bool decided() const { return decided_; }
  void answer(bool allow) {
    code_.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, allow ? 1 : 0));
    code_.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  }
  const std::vector<bpf_insn>& code() const { return code_; }

 private:
  static u32 access_bits(const std::string& access) {
    u32 bits = 0;
    for (char c : access)
      bits |= c == 'm' ? BPF_DEVCG_ACC_MKNOD : c == 'r' ? BPF_DEVCG_ACC_READ : BPF_DEVCG_ACC_WRITE;
    return bits;
  }
  void load(u8 reg, usize offset) {
    code_.push_back(instruction(BPF_LDX | BPF_MEM | BPF_W, reg, 1, static_cast<s16>(offset), 0));
  }

  std::vector<bpf_insn> code_;
  bool decided_ = false;
};

Result<Fd> load_program(const std::vector<bpf_insn>& code) {
  static const char kLicense[] = "Apache-2.0";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<u64>(code.data());
  attributes.insn_cnt = static_cast<u32>(code.size());
  attributes.license = reinterpret_cast<u64>(kLicense);
  const long fd = bpf(BPF_PROG_LOAD, attributes);
  if (fd < 0) return failed(errno, "load the eBPF program of the device rules");
  return Fd(static_cast<int>(fd));
}

std::vector<u32> attached(int cgroup) {
  std::vector<u32> ids(64);
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<u32>(cgroup);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = reinterpret_cast<u64>(ids.data());
  attributes.query.prog_cnt = static_cast<u32>(ids.size());
  if (bpf(BPF_PROG_QUERY, attributes) < 0) return {};
  ids.resize(attributes.query.prog_cnt);
  return ids;
}

void detach(int cgroup, u32 id) {
  bpf_attr by_id{};
  by_id.prog_id = id;
  const Fd program(static_cast<int>(bpf(BPF_PROG_GET_FD_BY_ID, by_id)));
  if (!program) return;
  bpf_attr attributes{};
  attributes.target_fd = static_cast<u32>(cgroup);
  attributes.attach_bpf_fd = static_cast<u32>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  bpf(BPF_PROG_DETACH, attributes);
}

}  // namespace

Failure attach_device_program(int cgroup, const std::vector<DeviceRule>& rules) {
  DeviceProgram program;
  // The last rule that fits decides.
  for (auto rule = rules.rbegin(); rule != rules.rend() && !program.decided(); ++rule) {
    if (rule->type != 'p') program.rule(*rule);
  }
  if (!program.decided()) program.answer(false);
  Result<Fd> loaded = load_program(program.code());
  if (!loaded) return loaded.error();
  const std::vector<u32> before = attached(cgroup);
  bpf_attr attributes{};
  attributes.target_fd = static_cast<u32>(cgroup);
  attributes.attach_bpf_fd = static_cast<u32>(loaded->get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, attributes) < 0) return failed(errno, "attach the device rules to the cgroup");
  for (u32 id : before) detach(cgroup, id);
  return std::nullopt;
}

}  // namespace veneer::zone
