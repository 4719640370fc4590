// What ps(1) shows of this process.
#pragma once

#include <string_view>

namespace veneer::zone {

// Its name and its command line. `name`: at most 15 bytes of it are the process's name (PR_SET_NAME).
void set_process_name(std::string_view name);

}  // namespace veneer::zone
