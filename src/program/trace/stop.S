# The stop of a traced thread (stop.h).

        .text

        .globl  veneer_trace_stop, veneer_trace_stopped
        .hidden veneer_trace_stopped
        .type   veneer_trace_stop, @function
        .p2align 4
veneer_trace_stop:
        .cfi_startproc
        push    %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        push    %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r12, 0
        mov     %rdi, %rbx
        movabs  $0x76656e6565725374, %r12       # kStopMark
        int3
veneer_trace_stopped:
        pop     %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore r12
        pop     %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        ret
        .cfi_endproc
        .size   veneer_trace_stop, . - veneer_trace_stop

        .section .note.GNU-stack, "", @progbits
