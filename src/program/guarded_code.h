// Labels of the assembly that the host's signal handler knows by address.
#pragma once

#include "base/types.h"

extern "C" {

// safe_syscall.S: from the look at `pending` to the SYSCALL instruction, which the kernel also returns to when
// it would restart the call; and where to go on instead.
extern const char veneer_safe_syscall_begin[], veneer_safe_syscall_end[], veneer_safe_syscall_restart[];
veneer::s64 veneer_safe_syscall(const volatile veneer::u8* pending, long number, veneer::u64 a0, veneer::u64 a1,
                                veneer::u64 a2, veneer::u64 a3, veneer::u64 a4, veneer::u64 a5);

// guest_memory.S: accesses that may fault, and where a fault continues: the function returns -EFAULT.
extern const char veneer_guarded_begin[], veneer_guarded_end[], veneer_guarded_fault[];
veneer::s64 veneer_guarded_copy(void* to, const void* from, veneer::usize size);
veneer::s64 veneer_guarded_zero(void* to, veneer::usize size);
veneer::s64 veneer_guarded_strnlen(const char* text, veneer::usize limit);
veneer::s64 veneer_guarded_compare_exchange(veneer::u32* word, veneer::u32* expected, veneer::u32 desired);

// clone3 for a child that runs `entry(argument)` on the stack that `args` names, in the same memory. Returns
// in the parent only.
veneer::s64 veneer_clone3(void* args, veneer::usize size, int (*entry)(void*), void* argument);
}
