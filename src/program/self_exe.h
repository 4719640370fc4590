// A descriptor by which veneer can be executed once /proc/self/exe may be out of the guest's, and so veneer's,
// sight: after chroot or pivot_root. The guest can neither close nor replace it; it passes to programs that the
// guest execs.
#pragma once

namespace veneer {

class SelfExe {
 public:
  SelfExe() = default;
  // Takes over a descriptor inherited from the veneer that executed this one; -1 for none.
  explicit SelfExe(int inherited);
  SelfExe(SelfExe&& other) noexcept;
  SelfExe& operator=(SelfExe&& other) noexcept;
  ~SelfExe();

  // Opens it, if it is not there yet, while it can be. Its number is as high as the limit allows. 0, or -errno.
  int keep();
  bool is(int fd) const { return fd_ >= 0 && fd == fd_; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace veneer
