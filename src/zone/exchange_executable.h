// Exchanges the file that this process is executed from, without executing anything.
#pragma once

namespace veneer::zone {

// Maps the running program anew from a file with the same contents, and makes that one /proc/self/exe
// (prctl(2), PR_SET_MM_MAP: Linux 3.18 with CONFIG_CHECKPOINT_RESTORE, for who has CAP_SYS_ADMIN or
// CAP_CHECKPOINT_RESTORE in its user namespace). `file` may be opened by O_PATH. False: this process's
// executable is still the one it was, and the process goes on as before. To be called while there is one
// thread.
bool exchange_executable(int file);

}  // namespace veneer::zone
