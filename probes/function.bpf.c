// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Boundaries at the kernel's own function of a system call, one object each, where it lets programs hang on functions. No other
 * system call pays then; a tracepoint of one makes all of them take the slow path, in every process.
 */
#include "boundary.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry") int on_call(void *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_ENTER);

	wait_enter(bpf_get_current_task_btf(), 0);
	cost_end(LS_PROG_WAIT_ENTER, cost);
	return 0;
}

/* ctx: the function's argument, the registers, and what it returns. */
SEC("fexit") int on_return(u64 *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_EXIT);
	long returned = ctx[1];

	wait_exit(bpf_get_current_task_btf(), &returned);
	cost_end(LS_PROG_WAIT_EXIT, cost);
	return 0;
}
