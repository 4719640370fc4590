#include "disassembler/llvm.h"

#include <algorithm>
#include <array>

#include <dlfcn.h>

namespace veneer {

// The functions that are used, as llvm-c/Disassembler.h and llvm-c/Target.h declare them.
struct LlvmDisassembler::Library {
  using Create = void* (*)(const char* triple, const char* cpu, const char* features, void* info, int tag,
                           void* op_info, void* symbols);
  using Decode = usize (*)(void* context, u8* bytes, u64 count, u64 pc, char* out, usize out_size);
  using SetOptions = int (*)(void* context, u64 options);
  using Dispose = void (*)(void* context);

  Create create = nullptr;
  Decode decode = nullptr;
  SetOptions set_options = nullptr;
  Dispose dispose = nullptr;

  bool load() {
    void* handle = nullptr;
    for (const char* name : {"libLLVM.so.19.1", "libLLVM-19.so.1", "libLLVM-19.so"})
      if (!handle) handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return false;
    for (const char* target : {"AArch64", "RISCV", "X86"})
      for (const char* part : {"TargetInfo", "TargetMC", "Disassembler"}) {
        const std::string init = std::string("LLVMInitialize") + target + part;
        const auto f =
            reinterpret_cast<void (*)()>(::dlsym(handle, init.c_str()));  // NOLINT: what dlsym is for
        if (!f) return false;
        f();
      }
    create = reinterpret_cast<Create>(::dlsym(handle, "LLVMCreateDisasmCPUFeatures"));    // NOLINT
    decode = reinterpret_cast<Decode>(::dlsym(handle, "LLVMDisasmInstruction"));          // NOLINT
    set_options = reinterpret_cast<SetOptions>(::dlsym(handle, "LLVMSetDisasmOptions"));  // NOLINT
    dispose = reinterpret_cast<Dispose>(::dlsym(handle, "LLVMDisasmDispose"));            // NOLINT
    return create && decode && set_options && dispose;
  }
};

namespace {

struct Target {
  std::string_view isa;
  const char *triple, *cpu, *features;
};
constexpr Target kTargets[] = {
    {"aarch64", "aarch64-linux-gnu", "generic", "+all"},
    {"riscv64", "riscv64-linux-gnu", "generic-rv64",
     "+m,+a,+f,+d,+c,+v,+zba,+zbb,+zbs,+zbc,+zbkb,+zbkx,+zicond,+zcb,+zfa,+zfh,+zicbom,+zicboz,+zicbop,+zawrs,"
     "+zihintpause,+zkn,+zks,+zvbb,+zvkned,+zvknhb"},
    {"x86-64", "x86_64-linux-gnu", "x86-64", ""},
};

constexpr u64 kOptionPrintImmHex = 2, kOptionIntelSyntax = 4;  // LLVMDisassembler_Option_*

}  // namespace

std::unique_ptr<LlvmDisassembler> LlvmDisassembler::open(std::string_view isa, std::string& problem) {
  static const Library* library = [] {
    static Library l;
    return l.load() ? &l : nullptr;
  }();
  if (!library) {
    problem = "LLVM 19 is not there to disassemble with: install the package libllvm19";
    return nullptr;
  }
  const auto* target =
      std::find_if(std::begin(kTargets), std::end(kTargets), [&](const Target& t) { return t.isa == isa; });
  if (target == std::end(kTargets)) {
    problem = "it disassembles aarch64, riscv64 and x86-64, not " + std::string(isa);
    return nullptr;
  }
  void* context = library->create(target->triple, target->cpu, target->features, nullptr, 0, nullptr, nullptr);
  if (!context) {
    problem = "LLVM 19 was built without this architecture";
    return nullptr;
  }
  // The syntax first: choosing it makes the printer anew, without its other options.
  if (isa == "x86-64") library->set_options(context, kOptionIntelSyntax);
  library->set_options(context, kOptionPrintImmHex);
  return std::unique_ptr<LlvmDisassembler>(new LlvmDisassembler(*library, context));
}

LlvmDisassembler::~LlvmDisassembler() {
  library_.dispose(context_);
}

LlvmDisassembler::Instruction LlvmDisassembler::decode(std::span<const u8> bytes, u64 address) {
  std::array<char, 256> text{};
  const usize length =
      library_.decode(context_, const_cast<u8*>(bytes.data()), bytes.size(), address,  // NOLINT: it only reads
                      text.data(), text.size());
  Instruction out{.text = text.data(), .length = length};
  // A tab before the mnemonic and one behind it.
  if (!out.text.empty() && out.text.front() == '\t') out.text.erase(0, 1);
  for (char& c : out.text)
    if (c == '\t') c = ' ';
  return out;
}

}  // namespace veneer
