// The guest CPU that `veneer run` shows to programs.
#pragma once

#include "program/process.h"

namespace veneer::cli {

GuestPlatform aarch64_platform();

}  // namespace veneer::cli
