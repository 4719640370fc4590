// Copies what a directory holds to another: entries of every kind, owners, modes, times, extended attributes.
#pragma once

#include "base/errors.h"

namespace veneer {

// `from` and `to` are directories, O_PATH descriptors or not; neither side's links are followed, and other file
// systems mounted beneath `from` are not entered.
Failure copy_tree(int from, int to);

}  // namespace veneer
