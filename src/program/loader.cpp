#include "program/loader.h"

#include <cerrno>
#include <cstring>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/files.h"
#include "base/translations.h"
#include "program/abi.h"
#include "program/elf_file.h"

namespace veneer {
namespace {

// Position-independent programs go where neither veneer nor the host's mmap area is.
constexpr u64 kPieBase = 0x2aaa'aaaa'a000;
constexpr u64 kPieRandomBits = 40, kHeapRandomBits = 30;

Error cannot(std::string why) {
  return Error{exit_status::kCannotRun, std::move(why)};
}

// Random bits for the layout; zero when the user turned randomisation off (setarch -R).
struct Randomness {
  u64 base = 0, heap = 0;
  Randomness() {
    if (::personality(0xffffffff) & ADDR_NO_RANDOMIZE) return;
    u64 bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) return;
    base = page_down(bits & ((u64{1} << kPieRandomBits) - 1));
    heap = bits >> kPieRandomBits << 12 & ((u64{1} << kHeapRandomBits) - 1);
  }
};

// Reserves [low, high) of an image, moved by the returned bias.
Result<u64> reserve(const ElfImage& image, u64 hint) {
  u64 low = page_down(image.low()), size = page_up(image.high()) - low;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  auto failed = [&] {
    return cannot(format("no room for it in memory at 0x%llx (%llu KiB; %s)",
                         static_cast<unsigned long long>(image.fixed ? low : hint),
                         static_cast<unsigned long long>(size >> 10), errno_text(errno)));
  };
  auto try_at = [&](u64 at) {
    void* got = ::mmap(reinterpret_cast<void*>(at), size, PROT_NONE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == reinterpret_cast<void*>(at)) return true;
    if (got != MAP_FAILED) {  // a kernel that takes the flag for a hint
      ::munmap(got, size);
      errno = EEXIST;
    }
    return false;
  };
  if (image.fixed) {
    if (!try_at(low)) return failed();
    return u64{0};
  }
  if (hint) {
    u64 at = (hint + image.align - 1) & ~(image.align - 1);
    if (try_at(at + (low & (image.align - 1)))) return at + (low & (image.align - 1)) - low;
  }
  // Anywhere: with room to align.
  u64 slack = image.align > kPageSize ? image.align : 0;
  if (size > (u64{1} << 47) - slack) return failed();
  void* got = ::mmap(nullptr, size + slack, PROT_NONE, kFlags, -1, 0);
  if (got == MAP_FAILED) return failed();
  u64 start = reinterpret_cast<u64>(got);
  u64 at = start + ((low - start) & (image.align - 1));
  if (at != start) ::munmap(got, at - start);
  if (at + size != start + size + slack) {
    ::munmap(reinterpret_cast<void*>(at + size), start + slack - at);
  }
  return at - low;
}

// Maps one segment over its reservation; the reason why not, or nothing.
std::string map_segment(GuestMaps::Update& maps, int fd, const ElfFile& file, const ElfSegment& s, u64 bias) {
  u64 start = page_down(s.vaddr + bias), data_end = s.vaddr + bias + s.filesz, end = s.vaddr + bias + s.memsz;
  u64 file_end = s.filesz ? page_up(data_end) : start;
  int prot = host_prot(s.prot);
  auto failed = [&] { return format("mapping it into memory failed (%s)", errno_text(errno)); };
  if (file_end > start) {
    u64 offset = page_down(s.offset);
    bool clear = end > data_end && data_end % kPageSize != 0;
    void* got =
        ::mmap(reinterpret_cast<void*>(start), file_end - start, clear ? prot | PROT_READ | PROT_WRITE : prot,
               MAP_PRIVATE | MAP_FIXED, fd, static_cast<off_t>(offset));
    if (got == MAP_FAILED) return failed();
    if (clear) {
      std::memset(reinterpret_cast<void*>(data_end), 0, file_end - data_end);
      if (!(prot & PROT_WRITE) && ::mprotect(got, file_end - start, prot) != 0) return failed();
    }
    maps.add({.start = start,
              .end = file_end,
              .prot = s.prot,
              .flags = MAP_PRIVATE,
              .kind = Mapping::Kind::File,
              .dev = file.dev,
              .ino = file.ino,
              .offset = offset});
  }
  if (page_up(end) > file_end) {
    void* got = ::mmap(reinterpret_cast<void*>(file_end), page_up(end) - file_end, prot,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got == MAP_FAILED) return failed();
    maps.add({.start = file_end,
              .end = page_up(end),
              .prot = s.prot,
              .flags = MAP_PRIVATE | MAP_ANONYMOUS,
              .kind = Mapping::Kind::Anonymous});
  }
  return {};
}

// Where the cache of translations wants a position-independent file; 0: it does not care.
u64 stable_place(const Process& process, int fd) {
  if (!process.cache.enabled() || ::personality(0xffffffff) & ADDR_NO_RANDOMIZE) return 0;
  const std::optional<u64> digest = file_digest(fd);
  return digest ? process.cache.place(*digest) : 0;
}

void note_code(LoadedProgram& loaded, int fd, const ElfImage& image, u64 bias) {
  for (const ElfSegment& s : image.segments) {
    if (!(s.prot & PROT_EXEC) || s.filesz == 0) continue;
    loaded.code.push_back({.file = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)),
                           .offset = page_down(s.offset),
                           .start = page_down(s.vaddr) + bias,
                           .bytes = s.vaddr % kPageSize + s.filesz});
  }
}

// Maps a whole image; the result is its bias.
Result<u64> map_image(Process& process, int fd, const ElfFile& file, const ElfImage& image, u64 hint) {
  Result<u64> bias = reserve(image, hint);
  if (!bias) return bias;
  GuestMaps::Update maps(process.maps);
  u64 low = page_down(image.low()) + *bias, high = page_up(image.high()) + *bias;
  for (const ElfSegment& s : image.segments) {
    if (std::string why = map_segment(maps, fd, file, s, *bias); !why.empty()) {
      ::munmap(reinterpret_cast<void*>(low), high - low);
      maps.remove(low, high);
      return cannot(std::move(why));
    }
  }
  // Holes between segments are nobody's.
  for (const GuestMaps::Range& gap : maps.gaps(low, high)) {
    ::munmap(reinterpret_cast<void*>(gap.start), gap.end - gap.start);
  }
  return bias;
}

Error interpreter_error(const Process& process, const std::string& name, int status, const std::string& why) {
  std::string hint = process.sysroot.empty() ? "; give the root directory that has it with -L ROOT"
                                             : "; is " + process.sysroot.root() + " a complete root directory?";
  return Error{status, "its interpreter " + name + " " + why + hint};
}

}  // namespace

Result<LoadedProgram> load_program(Process& process, int fd) {
  ElfFile file(fd);
  Result<ElfImage> parsed = parse_elf(file);
  if (!parsed) return parsed.error();
  const ElfImage& image = *parsed;

  // The interpreter is looked at before anything is mapped.
  Fd interpreter_fd;
  std::optional<ElfFile> interpreter_file;
  std::optional<ElfImage> interpreter;
  if (!image.interpreter.empty()) {
    PathBuffer buffer;
    const char* path = process.sysroot.resolve(AT_FDCWD, image.interpreter.c_str(), PathUse::Follow, buffer);
    interpreter_fd.reset(::open(path, O_RDONLY | O_CLOEXEC));
    if (!interpreter_fd) {
      bool missing = errno == ENOENT || errno == ENOTDIR;
      return interpreter_error(process, image.interpreter,
                               missing ? exit_status::kNotFound : exit_status::kCannotRun,
                               missing ? "was not found" : format("cannot be opened (%s)", errno_text(errno)));
    }
    interpreter_file.emplace(interpreter_fd.get());
    Result<ElfImage> result = parse_elf(*interpreter_file);
    if (!result) {
      return interpreter_error(process, image.interpreter, exit_status::kCannotRun,
                               "cannot be used: " + result.error().message);
    }
    if (result->machine != image.machine)
      return interpreter_error(process, image.interpreter, exit_status::kCannotRun,
                               "is for " + machine_name(result->machine));
    interpreter = std::move(*result);
  }

  Randomness random;
  const u64 place = stable_place(process, fd);
  Result<u64> bias = map_image(process, fd, file, image, place ? place : kPieBase + random.base);
  if (!bias) return bias.error();
  LoadedProgram loaded;
  note_code(loaded, fd, image, *bias);
  loaded.executable_stack = image.executable_stack;
  loaded.auxv.phdr = image.phdr ? image.phdr + *bias : 0;
  loaded.auxv.phnum = image.phnum;
  loaded.auxv.secure = process.options.secure;
  loaded.auxv.entry = image.entry + *bias;
  process.entry = loaded.auxv.entry;
  process.code_start = image.low() + *bias;
  process.code_end = image.high() + *bias;
  process.brk.start = process.brk.current = page_up(image.high() + *bias) + random.heap;

  if (interpreter) {
    Result<u64> at = map_image(process, interpreter_fd.get(), *interpreter_file, *interpreter,
                               stable_place(process, interpreter_fd.get()));
    if (!at) {
      return interpreter_error(process, image.interpreter, exit_status::kCannotRun,
                               "cannot be used: " + at.error().message);
    }
    note_code(loaded, interpreter_fd.get(), *interpreter, *at);
    loaded.auxv.base = *at;
    process.entry = interpreter->entry + *at;
  }

  loaded.auxv.vdso = reinterpret_cast<GuestAddr>(process.platform.abi->vdso->data());
  process.sigreturn = loaded.auxv.vdso + process.platform.abi->vdso_sigreturn;
  GuestMaps::Update(process.maps)
      .add({.start = loaded.auxv.vdso,
            .end = loaded.auxv.vdso + kPageSize,
            .prot = PROT_READ | PROT_EXEC,
            .flags = MAP_PRIVATE,
            .kind = Mapping::Kind::Vdso});
  return loaded;
}

}  // namespace veneer
