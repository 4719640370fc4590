// Listeners of seccomp (seccomp_unotify(2)): a call of the guest's that its filters leave to another process is
// shown to the host's kernel as a call of veneer's own, which a filter of the host's leaves to the listener;
// where the listener asks what it was, the guest's call is put in its place.
#pragma once

#include <linux/seccomp.h>

#include <optional>

#include "base/types.h"

namespace veneer {

struct Thread;

// Installs the host's filter for the calling thread, with these SECCOMP_FILTER_FLAG_s: the listener's
// descriptor, or -errno.
s64 install_listener(u64 flags);

// Asks the listener: the call's result (kRestartSyscall among them), or nothing when it is to be made.
std::optional<s64> ask_listener(Thread& thread, const seccomp_data& call);

// SECCOMP_IOCTL_NOTIF_RECV, whose answer at `notification` is the host's: makes it that of the guest's call.
// False: it cannot be written.
bool show_notification(GuestAddr notification);

}  // namespace veneer
