// The first process of a zone whose image has no init: it reaps what is left to it, and ends the zone when told
// to.
#pragma once

#include "zone/channel.h"

namespace veneer::zone {

// SIGTERM, SIGINT and SIGPWR end all processes of the zone, by SIGTERM, and after ten seconds by SIGKILL; then
// this one.
[[noreturn]] void run_own_init(Channel& channel);

}  // namespace veneer::zone
