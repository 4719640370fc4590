#include "debug/signals.h"

#include <csignal>
#include <utility>

namespace veneer::debug {
namespace {

constexpr std::pair<int, int> kNumbers[] = {
    {SIGHUP, 1},     {SIGINT, 2},   {SIGQUIT, 3},   {SIGILL, 4},   {SIGTRAP, 5},  {SIGABRT, 6},
    {SIGFPE, 8},     {SIGKILL, 9},  {SIGBUS, 10},   {SIGSEGV, 11}, {SIGSYS, 12},  {SIGPIPE, 13},
    {SIGALRM, 14},   {SIGTERM, 15}, {SIGURG, 16},   {SIGSTOP, 17}, {SIGTSTP, 18}, {SIGCONT, 19},
    {SIGCHLD, 20},   {SIGTTIN, 21}, {SIGTTOU, 22},  {SIGIO, 23},   {SIGXCPU, 24}, {SIGXFSZ, 25},
    {SIGVTALRM, 26}, {SIGPROF, 27}, {SIGWINCH, 28}, {SIGUSR1, 30}, {SIGUSR2, 31}, {SIGPWR, 32},
};
constexpr int kUnknown = 143;
// Real-time signals: 33 to 63 are in a row, 32 and 64 are not.
constexpr int kFirst = 33, kFirstNumber = 45, k32 = 77, k64 = 78;

}  // namespace

int signal_to_gdb(int signal) {
  if (signal == 32) return k32;
  if (signal == 64) return k64;
  if (signal >= kFirst && signal < 64) return signal - kFirst + kFirstNumber;
  for (const auto& [host, number] : kNumbers)
    if (host == signal) return number;
  return kUnknown;
}

int signal_from_gdb(int number) {
  if (number == k32) return 32;
  if (number == k64) return 64;
  if (number >= kFirstNumber && number < k32 - 1) return number - kFirstNumber + kFirst;
  for (const auto& [host, one] : kNumbers)
    if (one == number) return host;
  return 0;
}

}  // namespace veneer::debug
