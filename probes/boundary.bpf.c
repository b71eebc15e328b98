// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Boundaries at the system calls' tracepoints, which every kernel has. User space attaches the programs to those of the
 * system calls that the targets use; function.bpf.c takes them over where the kernel can do better.
 */
#include "boundary.bpf.h"
#include "life.bpf.h"
#include "seed.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u32 waits_by_function = 0; /* a bit each: function.bpf.c sees them entered */

SEC("tracepoint") int on_wait_enter(void *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_ENTER);

	wait_enter(bpf_get_current_task_btf(), waits_by_function);
	cost_end(LS_PROG_WAIT_ENTER, cost);
	return 0;
}

SEC("tracepoint") int on_wait_exit(void *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_EXIT);

	wait_exit(bpf_get_current_task_btf(), NULL);
	cost_end(LS_PROG_WAIT_EXIT, cost);
	return 0;
}
