#include "cli/image_maker.h"

#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include "base/translations.h"
#include "image/rooted_path.h"
#include "program/elf_code.h"
#include "program/guest_maps.h"

namespace veneer::cli {
namespace {

constexpr u64 kMostCode =
    u64{3} << 20;  // bytes: of more, too little is used for the time and memory that all of it takes
constexpr rlim_t kMostSeconds = 120;
constexpr usize kMostLibraries = 256;

Error because(std::string why) {
  return Error{exit_status::kCannotRun, std::move(why)};
}

const GuestPlatform* platform_for(u16 machine, std::span<const GuestPlatform> platforms) {
  for (const GuestPlatform& p : platforms)
    if (p.abi->elf_machine == machine) return &p;
  return nullptr;
}

// From now on, this process can only compute and write to what is open.
bool confine() {
  constexpr unsigned kNobody = 65534;
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
                           ::setresuid(kNobody, kNobody, kNobody) != 0))
    return false;
  const rlimit seconds{kMostSeconds, kMostSeconds};
  ::setrlimit(RLIMIT_CPU, &seconds);
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(::seccomp_init(SCMP_ACT_KILL_PROCESS),
                                                                ::seccomp_release);
  if (!filter) return false;
  for (const int call :
       {SYS_write, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_getrandom,
        SYS_futex, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_clock_gettime})
    if (::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) != 0) return false;
  return ::seccomp_load(filter.get()) == 0;
}

// In a child: the summary, by a pipe.
Result<ImageSummary> write_confined(const GuestPlatform& platform, const TranslatorOptions& options,
                                    const ImageSource& source, int file) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(errno, "make a pipe");
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return failed(errno, "start a process");
  if (child == 0) {
    if (!confine()) ::_exit(exit_status::kVeneer);
    const Result<ImageSummary> made =
        write_image(*platform.isa, platform.abi->initial_fpcr, options, source, file);
    if (!made || ::write(to.get(), &*made, sizeof *made) != sizeof *made) ::_exit(exit_status::kVeneer);
    ::_exit(0);
  }
  to.reset();
  ImageSummary summary;
  const ssize_t n = ::read(from.get(), &summary, sizeof summary);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (n != sizeof summary || status != 0) return because("it cannot be translated as a whole");
  return summary;
}

// How the C library's dynamic linker asks for room for a library (glibc, elf/dl-map-segments.h), and where the
// cache then has it.
GuestAddr library_place(const TranslationCache& cache, const ElfImage& image) {
  const u64 size = image.high() - page_down(image.low());
  const u64 wanted = image.align <= kPageSize ? size : std::max(size, image.align) + image.align;
  const GuestAddr at = cache.place(page_up(wanted));
  return (at + image.align - 1) & ~(image.align - 1);
}

// As reserve() in program/loader.cpp.
GuestAddr program_place(const TranslationCache& cache, const ElfImage& image, u64 digest) {
  if (image.fixed) return 0;
  const GuestAddr at = (cache.place(digest) + image.align - 1) & ~(image.align - 1);
  return at + (page_down(image.low()) & (image.align - 1));
}

// Follows a program to what it is linked with.
class Closure {
 public:
  Closure(const TranslationCache& cache, std::span<const Fd> roots) : cache_(cache), roots_(roots) {}

  // Of a program, or an interpreter: placed by its name, not by the room that it asks for.
  Failure add(const std::string& path, bool program) {
    if (!seen_.insert(path).second || seen_.size() > kMostLibraries) return std::nullopt;
    const Fd fd = open_file_in_roots(roots_, path);
    if (!fd) return because("it is not there");
    Result<CodeFile> file = read_code_file(fd.get(), path);
    if (!file) return file.error();
    const Result<ElfImage> image = parse_elf(file->bytes);
    if (!image) return Result(image).error();
    const std::optional<ElfCode> code = read_elf_code(SpanInput(file->bytes), *image);
    if (!code) return because("it has no code");
    const GuestAddr low = program ? program_place(cache_, *image, file->digest) : library_place(cache_, *image);
    file->offset = code->offset;
    file->start = image->fixed ? code->vaddr : low + code->vaddr - page_down(image->low());
    found_.push_back(std::move(*file));
    if (program && !image->interpreter.empty()) {
      interpreter_ = image->interpreter.substr(image->interpreter.rfind('/') + 1);
      (void)add(image->interpreter, true);
    }
    for (const std::string& name : code->needed) add_library(name, *code, image->machine, path);
    return std::nullopt;
  }
  std::vector<CodeFile> take() { return std::move(found_); }

 private:
  // Where dynamic linkers look by themselves.
  void add_library(const std::string& name, const ElfCode& user, u16 machine, const std::string& user_path) {
    // The interpreter is a library, too, which is there already.
    if (name.empty() || name == interpreter_ || name.find('/') != std::string::npos) return;
    std::vector<std::string> directories;
    const std::string origin = user_path.substr(0, user_path.rfind('/'));
    for (std::string directory : user.search) {
      for (const char* token : {"$ORIGIN", "${ORIGIN}"})
        if (directory.starts_with(token)) directory = origin + directory.substr(std::string_view(token).size());
      directories.push_back(directory);
    }
    const std::string triplet = machine == EM_AARCH64 ? "aarch64-linux-gnu" : "riscv64-linux-gnu";
    for (const char* usual : {"/lib/", "/usr/lib/"}) directories.push_back(usual + triplet);
    directories.insert(directories.end(), {"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"});
    for (const std::string& directory : directories) {
      const std::string path = directory + "/" + name;
      if (seen_.contains(path) || !add(path, false)) return;
    }
  }

  const TranslationCache& cache_;
  std::span<const Fd> roots_;
  std::string interpreter_;
  std::set<std::string> seen_;
  std::vector<CodeFile> found_;
};

}  // namespace

Result<CodeFile> read_code_file(int fd, const std::string& path) {
  constexpr u64 kMostFile = u64{256} << 20;
  struct stat info{};
  const std::optional<u64> digest = file_digest(fd);
  if (!digest || ::fstat(fd, &info) != 0) return because("it cannot be read");
  if (static_cast<u64>(info.st_size) > kMostFile) return because("it is too large");
  CodeFile file{.path = path, .digest = *digest, .bytes = {}, .offset = 0, .start = 0};
  file.bytes.resize(static_cast<usize>(info.st_size));
  for (usize at = 0; at < file.bytes.size();) {
    const ssize_t n = ::pread(fd, file.bytes.data() + at, file.bytes.size() - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return because("it cannot be read");
    at += static_cast<usize>(n);
  }
  return file;
}

Result<std::vector<CodeFile>> code_of_program(const TranslationCache& cache, std::span<const Fd> roots,
                                              const std::string& path) {
  Closure closure(cache, roots);
  if (Failure e = closure.add(path, true)) return *e;
  return closure.take();
}

Result<MadeImage> make_image(const TranslationCache& cache, const TranslatorOptions& options,
                             std::span<const GuestPlatform> platforms, const CodeFile& file, Blocks which) {
  Result<ElfImage> image = parse_elf(file.bytes);
  if (!image) return image.error();
  const GuestPlatform* platform = platform_for(image->machine, platforms);
  const std::optional<ElfCode> code = read_elf_code(SpanInput(file.bytes), *image);
  if (!platform || !platform->chosen || !code || code->offset != file.offset)
    return because("it has no code there");
  const std::string name = cache.image_name(file.digest, file.offset, file.start, platform->isa->variant());
  const std::optional<ImageContents> before = cache.image_contents(name);
  const std::vector<u32> wanted = which == Blocks::Wanted ? cache.wanted_blocks(name) : std::vector<u32>();
  if (wanted.empty() && code->size > kMostCode)
    return because(format(
        "it has %llu MiB of code; of what is larger than %llu MiB, that is translated which has run",
        static_cast<unsigned long long>(code->size >> 20), static_cast<unsigned long long>(kMostCode >> 20)));
  const bool has_all = before && (wanted.empty() ? before->follows
                                                 : std::includes(before->blocks.begin(), before->blocks.end(),
                                                                 wanted.begin(), wanted.end()));
  if (has_all) {
    cache.settle(name);
    return MadeImage{.was_there = true, .summary = {}};
  }
  ImageSource source;
  source.start = file.start;
  source.code = {static_cast<const u8*>(static_cast<const void*>(file.bytes.data())) + code->offset,
                 code->size};
  source.follow = wanted.empty() || (before && before->follows);
  if (source.follow)
    for (const u64 entry : code->entries) source.entries.push_back(entry + file.start - code->vaddr);
  for (const u32 block : wanted) source.entries.push_back(file.start + block);
  // It is not to lose what it has had.
  if (before)
    for (const u32 block : before->blocks) source.entries.push_back(file.start + block);
  Result<Fd> out = cache.new_image();
  if (!out) return out.error();
  Result<ImageSummary> summary = write_confined(*platform, options, source, out->get());
  if (!summary) return summary.error();
  if (Failure e = cache.keep_image(*out, name)) return *e;
  return MadeImage{.was_there = false, .summary = *summary};
}

}  // namespace veneer::cli
