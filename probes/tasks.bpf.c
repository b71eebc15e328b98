// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Task steps: probes in the target, at Context.run and, for uvloop, at PyContext_Enter and PyContext_Exit. Entry probes only,
 * each begins a step and ends the one before it. Attached for a process; what does not run in a loop's iteration is left
 * alone here.
 */
#include "dispatch.bpf.h"
#include "uvloop.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Counts a run; the start of the timed ones, else 0. Which clock reading that is costs nothing: each program needs one. */
static __always_inline u64 probe_begin(u64 now)
{
	u32 program = LS_PROG_TASK;
	struct ls_cost *c = bpf_map_lookup_elem(&costs, &program);

	return !c || (c->hits++ & 63) ? 0 : now;
}

/* The plan of the process that was hit, if its window is open. */
static __always_inline struct ls_task_plan *plan_of(u64 cookie)
{
	u32 index = cookie & LS_TASK_PLAN_MASK;
	struct ls_task_plan *plan = bpf_map_lookup_elem(&task_plans, &index);

	if (!plan)
		return NULL;
	__sync_fetch_and_add(&plan->hits, 1);
	return plan->generation & 1 ? plan : NULL;
}

/* The thread's state while it is inside an iteration of its loop. Else it may run whatever: an executor's job, say. */
static __always_inline struct thread *busy_thread(struct task_struct *task)
{
	struct thread *t = thread_of(task);

	return t && t->phase == PHASE_BUSY && t->slot ? t : NULL;
}

static __always_inline void context_run(struct probe *p, u64 args)
{
	if (p->plan->uvloop ? !is_protocol_call(p) : !is_handle(p))
		return;
	if (p->t->step_stat)
		end_step(p->t, p->task, p->now);
	if (!p->plan->uvloop)
		p->context = 0;
	begin_call(p, args);
}

static __always_inline bool probe_hit(struct probe *p, void *ctx, u64 now)
{
	u64 cookie = bpf_get_attach_cookie(ctx);

	p->now = now;
	p->plan = plan_of(cookie);
	if (!p->plan)
		return false;
	p->index = cookie & LS_TASK_PLAN_MASK;
	p->task = bpf_get_current_task_btf();
	p->t = busy_thread(p->task);
	return p->t != NULL;
}

/* context_run(self, args, nargs, names) */
SEC("uprobe") int on_context_run(struct pt_regs *ctx)
{
	u64 now = bpf_ktime_get_ns(), cost = probe_begin(now);
	struct probe p = {};

	if (probe_hit(&p, ctx, now)) {
		p.sp = regs_sp(ctx);
		p.context = call_arg0(ctx);
		context_run(&p, call_arg1(ctx));
	}
	cost_end(LS_PROG_TASK, cost);
	return 0;
}

/* The verifier wants each register of the context read where it is used: no choice between two of them. */
static __always_inline u64 context_argument(struct pt_regs *ctx)
{
	u64 first = call_arg0(ctx), second;

	barrier_var(first);
	second = call_arg1(ctx);
	barrier_var(second);
	return bpf_get_attach_cookie(ctx) & LS_TASK_SECOND_ARGUMENT ? second : first;
}

SEC("uprobe") int on_context_enter(struct pt_regs *ctx)
{
	u64 now = bpf_ktime_get_ns(), cost = probe_begin(now);
	struct probe p = {};

	if (probe_hit(&p, ctx, now)) {
		p.sp = regs_sp(ctx);
		p.context = context_argument(ctx);
		context_enter(&p, ctx);
	}
	cost_end(LS_PROG_TASK, cost);
	return 0;
}

SEC("uprobe") int on_context_exit(struct pt_regs *ctx)
{
	u64 now = bpf_ktime_get_ns(), cost = probe_begin(now);
	struct probe p = {};

	if (probe_hit(&p, ctx, now) && p.t->step_stat && p.t->step.context == context_argument(ctx))
		end_step(p.t, p.task, now);
	cost_end(LS_PROG_TASK, cost);
	return 0;
}

__u32 traps = 0; /* nonzero: on_trap ran */

/* On a function of loopstall's own: what the trap alone costs. */
SEC("uprobe") int on_trap(struct pt_regs *ctx)
{
	if (!traps)
		traps = 1;
	return 0;
}
