/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A loop's run: from run_forever()'s beginning to its end. uvloop calls what is ready before the loop's first wait: the iteration in
 * which it does begins with the first callback. And the last one ends where the run does: what comes then is the program's own.
 */
#ifndef LOOPSTALL_RUN_BPF_H
#define LOOPSTALL_RUN_BPF_H

#include "dispatch.bpf.h"
#include "own_wait.bpf.h"

/*
 * The stack pointer is about the loop's own, in its frames or above them: within some calls' frames of where a handler's call
 * begins. In a handler, who runs another loop inside it by a trick (nest_asyncio) is a Python function's frames deeper.
 */
#define SAME_DEPTH 256

static __always_inline bool is_handlers_run(const struct thread *t, u64 sp)
{
	return t->step_stat && sp + SAME_DEPTH < t->step.open_sp;
}

/* Some epoll instance: its first wait will tell which. A callback that polls before that is not taken for the loop. */
static __always_inline void expect_epoll(struct thread *t)
{
	const struct wait_id some = {.family = LS_WAIT_EPOLL_WAIT, .fd = -1, .first = -1};

	adopt(t, &some);
	t->proven = 2;
}

static __always_inline void begin_run(struct thread *t, struct task_struct *task, const struct ls_task_plan *plan, u64 now)
{
	if (t->step_stat)
		discard_step(t);
	t->step.sp = 0; /* it may run from elsewhere than before */
	t->step.run_in = t->since;
	if (t->slot && t->phase == PHASE_BUSY && !loop_is_gone(t, task)) /* in another loop's handler, or no end of a run was seen */
		return;
	leave_iteration(t, slot_of(t));
	if (!t->slot || plan->uvloop)
		expect_epoll(t);
	if (t->slot || open_slot(t, task, LS_WAIT_EPOLL_WAIT, now))
		t->phase = PHASE_STARTING;
}

/* A callback of the current thread's loop comes before its first wait. A global function: the verifier looks at it once. */
__noinline int begin_before_wait(struct thread *t, u64 now)
{
	if (t)
		begin_iteration(t, slot_of(t), bpf_get_current_task_btf(), now);
	return 0;
}

/* A run that began in the open iteration is a handler's of another loop; of an iteration older than the window that is not known. */
static __always_inline bool may_be_inside(const struct thread *t, const struct ls_task_plan *plan)
{
	return t->phase == PHASE_BUSY && (t->step.run_in == t->since || t->since < plan->opened_at);
}

static __always_inline void end_run(struct thread *t, struct task_struct *task, const struct ls_task_plan *plan, u64 now)
{
	struct ls_slot *s = slot_of(t);

	if (!s)
		return;
	t->step.sp = t->loop.sp = 0; /* it may wait elsewhere next */
	if (t->step_stat)
		close_step(t, task, plan, now);
	if (may_be_inside(t, plan))
		return;
	if (has_steps(t))
		end_steps(t, task, now);
	if (t->phase == PHASE_BUSY)
		add_iteration(t, s, task, now);
	t->phase = PHASE_PARKED;
}

#endif
