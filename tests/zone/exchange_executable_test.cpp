#include "zone/exchange_executable.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <string>

#include "base/files.h"
#include "zone/own_executable.h"

namespace veneer::zone {
namespace {

int changed_later = 1;
const std::string made_before_main(100, 'x');

enum Outcome { kGood, kRefused, kStillWritable, kLostData, kMappedFromBefore };

// In a process of its own, whose program is exchanged.
Outcome exchange() {
  Result<Fd> copy = unwritable_copy("/proc/self/exe");
  if (!copy) return kRefused;
  const std::string before = read_link("/proc/self/exe").value_or("?");
  changed_later = 7;
  if (!exchange_executable(copy->get())) return kRefused;
  copy->reset();
  // Opening it to write says ETXTBSY as long as it runs, whatever the mount.
  struct statvfs info{};
  const Fd own(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const int seals = ::fcntl(own.get(), F_GET_SEALS);
  const bool sealed = seals >= 0 && (seals & F_SEAL_WRITE);
  if (::fstatvfs(own.get(), &info) != 0 || !(info.f_flag & ST_RDONLY || sealed)) return kStillWritable;
  if (changed_later != 7 || made_before_main != std::string(100, 'x')) return kLostData;
  // What is mapped can be opened by /proc/PID/map_files.
  const std::string maps = read_file("/proc/self/maps").value_or(before);
  return maps.find(before) == maps.npos ? kGood : kMappedFromBefore;
}

TEST(ExchangeExecutable, ProgramGoesOnAndCannotBeWrittenTo) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(exchange());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kRefused) GTEST_SKIP() << "not permitted here";
  EXPECT_EQ(WEXITSTATUS(status), kGood);
}

}  // namespace
}  // namespace veneer::zone
