// veneer as a set-user-ID program: how a zone's translator gives its users what set-user-ID programs of the
// zone's instruction set give them. The host's kernel knows veneer's bits alone, so that a copy of it that is
// set-user-ID root, in no directory that anybody can reach, is executed for programs that have such bits
// (--set-id-fd).
#pragma once

#include "base/errors.h"
#include "program/process.h"

namespace veneer {

// Was veneer executed set-user-ID? Then nothing but `run` may be done, and that by take_ids_of_program.
bool executed_set_user_id();

// First of all, when veneer was executed set-user-ID. Whoever did that chose all options: only those that can
// do no harm are kept. The ids become what executing the program makes them (bprm_fill_uid, fs/exec.c), and the
// caller must be allowed to execute it. Otherwise it does nothing.
Failure take_ids_of_program(RunOptions& options);

}  // namespace veneer
