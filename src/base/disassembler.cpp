#include "base/disassembler.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"

namespace veneer {

namespace {

constexpr const char* kName = "veneer-disassembler";

// Beside this program, above it (tests), or where an installation has it.
std::string find_program() {
  const std::string self = read_link("/proc/self/exe").value_or("");
  const std::string directory = self.substr(0, self.rfind('/'));
  for (const char* at : {"/", "/../", "/../libexec/veneer/"})
    if (const std::string path = directory + at + kName; ::access(path.c_str(), X_OK) == 0) return path;
  return {};
}

const char* argument(Disassembler::Isa isa) {
  switch (isa) {
    case Disassembler::Isa::Aarch64: return "aarch64";
    case Disassembler::Isa::Riscv64: return "riscv64";
    case Disassembler::Isa::X86_64: break;
  }
  return "x86-64";
}

// Starts the program as nobody's child: a guest that waits for any of its own must not get this one.
void start(const std::string& program, const char* isa, int in, int out) {
  const pid_t pid = ::fork();
  if (pid > 0) {
    ::waitpid(pid, nullptr, 0);
    return;
  }
  if (pid == 0 && ::fork() != 0) ::_exit(0);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::execl(program.c_str(), kName, isa, nullptr);
  ::_exit(127);
}

}  // namespace

std::unique_ptr<Disassembler> Disassembler::open_or_say(Isa isa) {
  std::string problem;
  auto d = open(isa, problem);
  if (!d) write_all(STDERR_FILENO, "veneer: " + problem + "\n");
  return d;
}

std::unique_ptr<Disassembler> Disassembler::open(Isa isa, std::string& problem) {
  const std::string program = find_program();
  if (program.empty()) {
    problem = fmt::format("{} is not beside veneer, to disassemble with", kName);
    return nullptr;
  }
  std::array<int, 2> in{}, out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    problem = fmt::format("{} cannot be started", kName);
    return nullptr;
  }
  start(program, argument(isa), in[0], out[1]);
  ::close(in[0]);
  ::close(out[1]);
  std::unique_ptr<Disassembler> d(new Disassembler(::fdopen(in[1], "w"), ::fdopen(out[0], "r")));
  std::string line;
  if (d->read_line(line) && line == "ready") return d;
  problem = line.empty() ? fmt::format("{} does not answer", kName) : line;
  return nullptr;
}

Disassembler::~Disassembler() {
  std::fclose(to_);
  std::fclose(from_);
}

bool Disassembler::read_line(std::string& line) {
  line.clear();
  int c;
  while ((c = std::fgetc(from_)) != EOF && c != '\n') line += static_cast<char>(c);
  return c != EOF;
}

Disassembler::Instruction Disassembler::decode(std::span<const u8> bytes, u64 address) {
  std::string question = fmt::format("{:x} ", address);
  for (const u8 b : bytes.first(std::min<usize>(bytes.size(), 16))) question += fmt::format("{:02x}", b);
  std::string answer;
  if (std::fprintf(to_, "%s\n", question.c_str()) < 0 || std::fflush(to_) != 0 || !read_line(answer)) return {};
  char* end = nullptr;
  Instruction out{.text = {}, .length = std::strtoul(answer.c_str(), &end, 10)};
  if (*end == ' ') out.text = end + 1;
  return out;
}

}  // namespace veneer
