// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Task steps: probes in the target, at Context.run and, for uvloop, at PyContext_Enter and PyContext_Exit. Entry probes only,
 * each begins a step and ends the one before it; one more where a loop begins to run and stops. Attached for a process; what
 * does not run in a loop's iteration is left alone here.
 */
#include "quick_step.bpf.h"
#include "run.bpf.h"
#include "uvloop.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline u32 plan_index(struct pt_regs *ctx)
{
	return bpf_get_attach_cookie(ctx) & LS_TASK_PLAN_MASK;
}

/* The thread's state while it is inside an iteration of its loop. Else it may run whatever: an executor's job, say. */
static __always_inline struct thread *busy_thread(struct task_struct *task, struct ls_task_plan *plan, u64 now)
{
	struct thread *t = thread_of(task);

	if (t && t->phase == PHASE_STARTING)
		begin_before_wait(t, now);
	if (t && t->phase == PHASE_BUSY && t->slot) {
		t->step.hits++;
		return t;
	}
	count_hits(plan, 1);
	return NULL;
}

/*
 * Of every 64th step the programs are timed, and not of a thread's first: what they learn there once would be taken for what all
 * cost. Not by a variable: the verifier would follow both its values through all that comes.
 */
static __always_inline void time_begin(struct thread *t, u64 now)
{
	t->step.timed_at = (t->step.number & 63) == 32 ? now : 0;
}

static __always_inline void time_end(const struct thread *t)
{
	cost_end(LS_PROG_TASK, t->step.timed_at);
}

/* While its process' window is open. */
static __always_inline struct ls_task_plan *open_plan(u32 index)
{
	struct ls_task_plan *plan = bpf_map_lookup_elem(&task_plans, &index);

	return plan && plan->generation & 1 ? plan : NULL;
}

/* Whose thread was hit, if it is inside an iteration; by which plan. */
static __always_inline struct thread *thread_hit(struct task_struct *task, u32 index, u64 now, struct ls_task_plan **plan)
{
	struct thread *t;

	*plan = open_plan(index);
	if (!*plan)
		return NULL;
	t = busy_thread(task, *plan, now);
	if (t)
		time_begin(t, now);
	return t;
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

static __noinline int any_context_run(struct pt_regs *ctx, struct thread *t, struct ls_task_plan *plan, u64 now)
{
	struct probe p = {.now = now, .plan = plan, .t = t};

	if (!ctx || !t || !plan)
		return 0;
	p.index = plan_index(ctx);
	p.task = bpf_get_current_task_btf();
	p.sp = regs_sp(ctx);
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
	struct ls_task_plan *plan;
	struct thread *t = thread_hit(task, index, now, &plan);

	if (!t)
		return 0;
	if (!quick_step(t, task, plan, index, ctx, now))
		any_context_run(ctx, t, plan, now);
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
	struct probe p = {.now = bpf_ktime_get_ns(), .index = plan_index(ctx), .task = bpf_get_current_task_btf()};

	p.t = thread_hit(p.task, p.index, p.now, &p.plan);
	if (!p.t)
		return 0;
	p.sp = regs_sp(ctx);
	p.context = context_argument(ctx);
	context_enter(&p, ctx);
	time_end(p.t);
	return 0;
}

SEC("uprobe") int on_context_exit(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	struct ls_task_plan *plan;
	struct thread *t = thread_hit(task, plan_index(ctx), now, &plan);

	if (!t)
		return 0;
	if (t->step_stat && t->step.context == context_argument(ctx))
		close_step(t, task, plan, now);
	time_end(t);
	return 0;
}

/* _set_running_loop(module, loop or None) */
SEC("uprobe") int on_running_loop(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	struct ls_task_plan *plan = open_plan(plan_index(ctx));
	struct thread *t = plan ? thread_made(task) : NULL;

	if (!t || is_handlers_run(t, regs_sp(ctx)))
		return 0;
	time_begin(t, now);
	count_hits(plan, 1);
	if (call_arg1(ctx) == plan->none)
		end_run(t, task, plan, now);
	else
		begin_run(t, task, plan, now);
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
