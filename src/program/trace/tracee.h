// The stops of a traced guest thread, as it makes them. Each is called between instructions, with
// Thread::trace.control.traced set; each returns when the tracer has let the thread go on, and has then taken
// over what the tracer changed.
#pragma once

#include <csignal>

#include "program/thread.h"

namespace veneer {

// Around a system call (PTRACE_SYSCALL, PTRACE_SYSEMU). `number` is the tracer's to change. False: the call is
// not to be made.
bool trace_syscall_entry(Thread& thread, s64& number);
void trace_syscall_exit(Thread& thread);
// Takes over what the tracer has changed while the thread was in the call: true when the registers are new, and
// the call's result is not wanted.
bool trace_changes(Thread& thread);

// A signal is about to be delivered. Its number afterwards is the tracer's choice: 0 for none.
void trace_signal(Thread& thread, siginfo_t& info);

// PTRACE_EVENT_*, when the tracer has asked for it by its option.
void trace_event(Thread& thread, int event, u64 message);
bool traces_event(const Thread& thread, int event);
// PTRACE_EVENT_SECCOMP, of a call that is about to be made: its number afterwards, negative when it is not to
// be.
s64 trace_seccomp(Thread& thread, u32 value);

// The first stop of a thread or process that is traced because the one that made it is.
void trace_first_stop(Thread& thread);

// Where a tracer has asked for a stop. Then the signal that is to be delivered; si_signo is 0 for none.
siginfo_t trace_nudged(Thread& thread);

// A handler is about to be run: of a step, the first stop in it.
void trace_handler_entry(Thread& thread);

// Executes one instruction (control.mode, breakpoints, watchpoints), and stops as these ask for.
Exit trace_instruction(Thread& thread);

// The tracer is gone.
void trace_over(Thread& thread) noexcept;

// How a program that the thread executes learns that it is traced: --traced's value, and back.
std::string trace_to_text(const Thread& thread);
bool trace_from_text(std::string_view text, TraceBlock& block);
// The stops that a traced execve ends with.
void trace_exec(Thread& thread);

}  // namespace veneer
