#include "zone/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>
#include <cerrno>

#include "image/rooted_path.h"
#include "zone/mount_api.h"
#include "zone/unix_socket.h"

namespace veneer::zone {

struct TerminalRelay::Saved {
  termios settings{};
};

Result<Pty> open_pty(int root, u16 rows, u16 columns) {
  Result<Fd> pts = open_in_root(root, "/dev/pts", O_DIRECTORY);
  if (!pts) return pts.error();
  struct statfs info{};
  if (::fstatfs(pts->get(), &info) != 0 || info.f_type != DEVPTS_SUPER_MAGIC)
    return Error{exit_status::kVeneer, "cannot make a terminal: /dev/pts of the container is no devpts"};
  Pty pty;
  pty.master = Fd(::openat(pts->get(), "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW));
  if (!pty.master) return failed(errno, "make a terminal");
  int unlock = 0;
  if (::ioctl(pty.master.get(), TIOCSPTLCK, &unlock) != 0) return failed(errno, "unlock the terminal");
  // By the master, not by name: what the container has at /dev/pts/N cannot come between.
  pty.slave = Fd(::ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave) return failed(errno, "open the terminal");
  const winsize size{rows, columns, 0, 0};
  if (rows != 0 || columns != 0) (void)::ioctl(pty.master.get(), TIOCSWINSZ, &size);
  return pty;
}

Failure take_terminal(int slave) {
  (void)::setsid();
  if (::ioctl(slave, TIOCSCTTY, 0) != 0) return failed(errno, "take the terminal");
  for (int fd = 0; fd < 3; fd++) {
    if (::dup2(slave, fd) < 0) return failed(errno, "use the terminal");
  }
  return std::nullopt;
}

Failure bind_console(int root, int slave) {
  Result<Fd> tree = clone_tree(slave, "", false);
  if (!tree) return tree.error();
  Result<Fd> at = make_file_in_root(root, "/dev/console");
  if (!at) return at.error();
  return attach_tree(tree->get(), at->get(), "/dev/console");
}

Failure send_console(const std::string& socket_path, int master) {
  Result<Fd> socket = connect_unix(socket_path, false);
  if (!socket) return socket.error();
  if (!send_with_fd(socket->get(), "/dev/ptmx", master))
    return failed(errno, "send the terminal to '%s'", socket_path.c_str());
  return std::nullopt;
}

TerminalRelay::TerminalRelay(Fd master) : master_(std::move(master)), saved_(new Saved) {
  if (::tcgetattr(0, &saved_->settings) == 0) {
    termios raw = saved_->settings;
    ::cfmakeraw(&raw);
    raw_ = ::tcsetattr(0, TCSANOW, &raw) == 0;
  }
  resize();
}

TerminalRelay::~TerminalRelay() {
  if (raw_) ::tcsetattr(0, TCSANOW, &saved_->settings);
  delete saved_;
}

void TerminalRelay::resize() {
  winsize size{};
  if (::ioctl(0, TIOCGWINSZ, &size) == 0) (void)::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void TerminalRelay::from_keyboard() {
  char text[4096];
  const ssize_t n = ::read(0, text, sizeof text);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) {
    keyboard_open_ = false;
    if (!raw_) (void)write_all(master_.get(), "\x04");  // the end of a file that stands for a keyboard
    return;
  }
  (void)write_all(master_.get(), std::string_view(text, static_cast<usize>(n)));
}

bool TerminalRelay::from_program() {
  char text[4096];
  const ssize_t n = ::read(master_.get(), text, sizeof text);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) return false;  // EIO: nobody has the slave open
  (void)write_all(1, std::string_view(text, static_cast<usize>(n)));
  return true;
}

}  // namespace veneer::zone
