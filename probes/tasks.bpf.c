// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Task steps: probes in the target, at Context.run and, for uvloop, at PyContext_Enter and PyContext_Exit. Entry probes only,
 * each begins a step and ends the one before it. Attached for a process; what does not run in a loop's iteration is left
 * alone here.
 */
#include "quick_step.bpf.h"
#include "uvloop.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The plan of the process that was hit, if its window is open. */
static __always_inline struct ls_task_plan *plan_of(u32 index)
{
	struct ls_task_plan *plan = bpf_map_lookup_elem(&task_plans, &index);

	return plan && plan->generation & 1 ? plan : NULL;
}

/* The thread's state while it is inside an iteration of its loop. Else it may run whatever: an executor's job, say. */
static __always_inline struct thread *busy_thread(struct task_struct *task, struct ls_task_plan *plan)
{
	struct thread *t = thread_of(task);

	if (t && t->phase == PHASE_BUSY && t->slot) {
		t->step.hits++;
		return t;
	}
	count_hits(plan, 1);
	return NULL;
}

/* Of every 64th step the programs are timed. Not by a variable: the verifier would follow both its values through all that comes. */
static __always_inline void time_begin(struct thread *t, u64 now)
{
	t->step.timed_at = t->step.number & 63 ? 0 : now;
}

static __always_inline void time_end(const struct thread *t)
{
	cost_end(LS_PROG_TASK, t->step.timed_at);
}

static __always_inline void context_run(struct probe *p, u64 args)
{
	if (p->plan->uvloop ? !is_protocol_call(p) : !is_handle(p))
		return;
	if (p->t->step_stat)
		close_step(p->t, p->task, p->plan, p->now);
	if (!p->plan->uvloop)
		p->context = 0;
	begin_call(p, args);
}

static __always_inline u32 plan_index(struct pt_regs *ctx)
{
	return bpf_get_attach_cookie(ctx) & LS_TASK_PLAN_MASK;
}

/* Its thread's state is given and not asked for again. */
static __always_inline bool probe_hit(struct probe *p, struct thread *t, struct pt_regs *ctx, u64 now)
{
	p->now = now;
	p->index = plan_index(ctx);
	p->plan = plan_of(p->index);
	p->task = bpf_get_current_task_btf();
	p->t = t;
	p->sp = regs_sp(ctx);
	return p->plan && t;
}

static __noinline int any_context_run(struct pt_regs *ctx, struct thread *t, u64 now)
{
	struct probe p = {};

	if (!ctx || !t || !probe_hit(&p, t, ctx, now))
		return 0;
	p.context = call_arg0(ctx);
	context_run(&p, call_arg1(ctx));
	return 0;
}

/* context_run(self, args, nargs, names) */
SEC("uprobe") int on_context_run(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	u32 index = plan_index(ctx);
	struct ls_task_plan *plan = plan_of(index);
	struct thread *t = plan ? busy_thread(task, plan) : NULL;

	if (!t)
		return 0;
	time_begin(t, now);
	if (!quick_step(t, task, plan, index, ctx, now))
		any_context_run(ctx, t, now);
	time_end(t);
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
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	struct ls_task_plan *plan = plan_of(plan_index(ctx));
	struct thread *t = plan ? busy_thread(task, plan) : NULL;
	struct probe p = {};

	if (!t || !probe_hit(&p, t, ctx, now))
		return 0;
	time_begin(t, now);
	p.context = context_argument(ctx);
	context_enter(&p, ctx);
	time_end(t);
	return 0;
}

SEC("uprobe") int on_context_exit(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	struct ls_task_plan *plan = plan_of(plan_index(ctx));
	struct thread *t = plan ? busy_thread(task, plan) : NULL;

	if (!t)
		return 0;
	time_begin(t, now);
	if (t->step_stat && t->step.context == context_argument(ctx))
		close_step(t, task, plan, now);
	time_end(t);
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
