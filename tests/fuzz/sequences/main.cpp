// Makes programs of random sequences and compares what came out of them; scripts/fuzz runs it.
//   random_sequences make SEED SEQUENCES CORE(v82|max) SHAPE PROGRAM
//   random_sequences compare SEED SEQUENCES CORE SHAPE OUTPUT OUTPUT
// SHAPE is loops or straight, each followed by -blind for sequences that leave FPSR alone.
// Both make the same sequences from the same SEED. `compare` prints the first sequence of which the outputs
// differ and how they do, with status 1.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <sys/stat.h>

#include "fuzz/sequences/program.h"

namespace veneer::fuzz {
namespace {

constexpr usize kLength = 16;  // instructions in a sequence

struct Made {
  std::vector<Sequence> sequences;
  Program program;
};

Made make(char** args) {
  Random random(std::stoull(args[0]));
  const usize count = std::stoull(args[1]);
  const Core core = std::strcmp(args[2], "max") == 0 ? Core::Max : Core::V82;
  const std::string_view name = args[3];
  const Shape shape{.loops = name.starts_with("loops"), .blind = name.ends_with("-blind")};
  Made made;
  for (usize i = 0; i < count; ++i) made.sequences.push_back(random_sequence(random, core, kLength, shape));
  made.program = make_program(made.sequences, shape, random);
  return made;
}

int write_program(const Made& made, const char* path) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(made.program.elf.data()),  // NOLINT: bytes
             static_cast<std::streamsize>(made.program.elf.size()));
  file.close();
  if (file && ::chmod(path, 0755) == 0) return 0;
  fmt::print(stderr, "random_sequences: cannot write {}: {}\n", path, std::strerror(errno));
  return 2;
}

std::vector<Record> read_records(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<Record> records(bytes.size() / sizeof(Record));
  std::memcpy(records.data(), bytes.data(), records.size() * sizeof(Record));
  return records;
}

void print_state(const State& s) {
  fmt::print("from: fpcr {:#x}, nzcv {:#x}\n", s.fpcr, s.nzcv);
  for (usize i = 0; i < s.x.size(); ++i) fmt::print("  x{}: {:#x}\n", i, s.x[i]);
  for (usize i = 0; i < s.v.size(); ++i) fmt::print("  v{}: {:016x}_{:016x}\n", i, s.v[i][1], s.v[i][0]);
}

int compare(const Made& made, const char* a_path, const char* b_path) {
  const std::vector<Record> a = read_records(a_path), b = read_records(b_path);
  for (usize i = 0; i < made.sequences.size(); ++i) {
    if (i >= a.size() || i >= b.size()) {
      fmt::print("{} ended before sequence {}:\n{}", i >= a.size() ? a_path : b_path, i,
                 listing(made.sequences[i].body));
      return 1;
    }
    const std::string d = difference(a[i], b[i], made.program.bodies[i]);
    if (d.empty()) continue;
    fmt::print("sequence {} at {:#x}:\n{}differs:\n{}", i, made.program.bodies[i],
               listing(made.sequences[i].body), d);
    print_state(made.sequences[i].state);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace veneer::fuzz

int main(int argc, char** argv) {
  using namespace veneer::fuzz;
  if (argc == 7 && std::strcmp(argv[1], "make") == 0) return write_program(make(argv + 2), argv[6]);
  if (argc == 8 && std::strcmp(argv[1], "compare") == 0) return compare(make(argv + 2), argv[6], argv[7]);
  std::fprintf(stderr,
               "usage: random_sequences make|compare SEED SEQUENCES v82|max loops|straight[-blind] FILE...\n");
  return 2;
}
