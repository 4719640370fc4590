# Accesses to guest memory that may fault. The fault handler continues at veneer_guarded_fault, so nothing
# between the outer labels may have pushed anything.

        .text
        .globl  veneer_guarded_begin, veneer_guarded_end, veneer_guarded_fault
        .hidden veneer_guarded_begin, veneer_guarded_end, veneer_guarded_fault
veneer_guarded_begin:

# s64 veneer_guarded_copy(void* to, const void* from, usize size)
        .globl  veneer_guarded_copy
        .type   veneer_guarded_copy, @function
        .p2align 4
veneer_guarded_copy:
        .cfi_startproc
        cmp     $8, %rdx
        je      4f
        cmp     $4, %rdx
        je      3f
        cmp     $256, %rdx
        ja      5f
        mov     %rdx, %rcx
        shr     $3, %rcx
        jz      2f
1:      mov     (%rsi), %rax
        mov     %rax, (%rdi)
        add     $8, %rsi
        add     $8, %rdi
        dec     %rcx
        jnz     1b
2:      and     $7, %edx
        jz      7f
        cmp     $2, %edx
        je      8f
6:      movzbl  (%rsi), %eax
        mov     %al, (%rdi)
        inc     %rsi
        inc     %rdi
        dec     %edx
        jnz     6b
7:      xor     %eax, %eax
        ret
8:      movzwl  (%rsi), %eax
        mov     %ax, (%rdi)
        xor     %eax, %eax
        ret
3:      mov     (%rsi), %eax
        mov     %eax, (%rdi)
        xor     %eax, %eax
        ret
4:      mov     (%rsi), %rax
        mov     %rax, (%rdi)
        xor     %eax, %eax
        ret
5:      mov     %rdx, %rcx
        rep movsb
        xor     %eax, %eax
        ret
        .cfi_endproc
        .size   veneer_guarded_copy, . - veneer_guarded_copy

# s64 veneer_guarded_zero(void* to, usize size)
        .globl  veneer_guarded_zero
        .type   veneer_guarded_zero, @function
        .p2align 4
veneer_guarded_zero:
        .cfi_startproc
        xor     %eax, %eax
        mov     %rsi, %rcx
        rep stosb
        ret
        .cfi_endproc
        .size   veneer_guarded_zero, . - veneer_guarded_zero

# s64 veneer_guarded_strnlen(const char* text, usize limit)
        .globl  veneer_guarded_strnlen
        .type   veneer_guarded_strnlen, @function
        .p2align 4
veneer_guarded_strnlen:
        .cfi_startproc
        xor     %eax, %eax
1:      cmp     %rsi, %rax
        jae     2f
        cmpb    $0, (%rdi,%rax)
        je      2f
        inc     %rax
        jmp     1b
2:      ret
        .cfi_endproc
        .size   veneer_guarded_strnlen, . - veneer_guarded_strnlen

# s64 veneer_guarded_compare_exchange(u32* word, u32* expected, u32 desired)
        .globl  veneer_guarded_compare_exchange
        .type   veneer_guarded_compare_exchange, @function
        .p2align 4
veneer_guarded_compare_exchange:
        .cfi_startproc
        mov     (%rsi), %eax
        lock cmpxchg %edx, (%rdi)
        mov     %eax, (%rsi)
        mov     $0, %eax
        ret
        .cfi_endproc
        .size   veneer_guarded_compare_exchange, . - veneer_guarded_compare_exchange

veneer_guarded_end:

        .p2align 4
veneer_guarded_fault:
        .cfi_startproc
        mov     $-14, %rax              # -EFAULT
        ret
        .cfi_endproc

        .section .note.GNU-stack, "", @progbits
