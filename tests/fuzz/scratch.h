// A directory for one input, and a file in it, beside what the input may write to, that must stay as it is.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/files.h"
#include "image/store.h"

inline void put(const std::string& path, std::string_view text) {
  const veneer::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  (void)veneer::write_all(file.get(), text);
}

class Scratch {
 public:
  Scratch() {
    made_ = ::mkdtemp(top_.data()) != nullptr;
    if (made_) put(outside(), "untouched");
  }
  ~Scratch() {
    if (!made_) return;
    if (veneer::read_file(outside().c_str()) != "untouched") std::abort();
    veneer::image::remove_tree(top_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  explicit operator bool() const { return made_; }
  const std::string& top() const { return top_; }

 private:
  std::string outside() const { return top_ + "/outside"; }

  std::string top_ = "/tmp/veneer-fuzz-XXXXXX";  // as mkdtemp(3) wants it
  bool made_ = false;
};
