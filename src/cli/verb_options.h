// A verb's options, taken apart by CLI11, whose exceptions end here.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "cli/commands.h"

namespace veneer::cli {

class Verb {
 public:
  // `command`: "veneer oci create"
  Verb(std::string command, const char* what) : command_(std::move(command)), app_(what, command_) {}

  CLI::App* operator->() { return &app_; }
  bool ignored = false;  // what is accepted and changes nothing

  // Nothing when the verb goes on; else the exit status or the error.
  std::optional<Result<int>> parse(std::vector<std::string> args) {
    std::reverse(args.begin(), args.end());
    try {
      app_.parse(std::move(args));
    } catch (const CLI::CallForHelp&) {
      return Result<int>(print(app_.help()));
    } catch (const CLI::ParseError& e) {
      return Result<int>(
          Error{exit_status::kVeneer, std::string(e.what()) + "; see `" + command_ + " --help`"});
    }
    return std::nullopt;
  }

 private:
  std::string command_;
  CLI::App app_;
};

inline Result<int> done(const Failure& failure) {
  if (failure) return *failure;
  return 0;
}

inline Result<int> shown(const Result<std::string>& text) {
  if (!text) return text.error();
  return print(*text);
}

}  // namespace veneer::cli
