# System calls that a noted signal prevents (safe_syscall.h), the return from the host's handlers, and clone3.

        .text

# s64 veneer_safe_syscall(const volatile u8* pending, long number, u64 a0, a1, a2, a3, a4, a5)
        .globl  veneer_safe_syscall, veneer_safe_syscall_begin, veneer_safe_syscall_end, veneer_safe_syscall_restart
        .hidden veneer_safe_syscall_begin, veneer_safe_syscall_end, veneer_safe_syscall_restart
        .type   veneer_safe_syscall, @function
        .p2align 4
veneer_safe_syscall:
        .cfi_startproc
        push    %rbx                    # a tracer finds the thread by it (trace/tracer_stops.cpp)
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        mov     %rdi, %rbx
        mov     %rsi, %rax
        mov     %rdx, %rdi
        mov     %rcx, %rsi
        mov     %r8, %rdx
        mov     %r9, %r10
        mov     16(%rsp), %r8
        mov     24(%rsp), %r9
veneer_safe_syscall_begin:
        cmpb    $0, (%rbx)
        jne     veneer_safe_syscall_restart
        syscall
veneer_safe_syscall_end:
        pop     %rbx
        .cfi_remember_state
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        ret
veneer_safe_syscall_restart:
        .cfi_restore_state
        mov     $-512, %rax             # kRestartSyscall
        pop     %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        ret
        .cfi_endproc
        .size   veneer_safe_syscall, . - veneer_safe_syscall

# Where the kernel returns to from a handler: rt_sigreturn.
        .globl  veneer_signal_return
        .type   veneer_signal_return, @function
        .p2align 4
        nop
veneer_signal_return:
        mov     $15, %eax
        syscall
        .size   veneer_signal_return, . - veneer_signal_return

# s64 veneer_clone3(void* args, usize size, int (*entry)(void*), void* argument)
        .globl  veneer_clone3
        .type   veneer_clone3, @function
        .p2align 4
veneer_clone3:
        .cfi_startproc
        mov     %rdx, %r8
        mov     %rcx, %r9
        mov     $435, %eax
        syscall
        test    %rax, %rax
        jz      1f
        ret
1:      .cfi_undefined rip
        xor     %ebp, %ebp
        mov     %r9, %rdi
        call    *%r8
        mov     %eax, %edi
        mov     $231, %eax              # exit_group
        syscall
        hlt
        .cfi_endproc
        .size   veneer_clone3, . - veneer_clone3

        .section .note.GNU-stack, "", @progbits
