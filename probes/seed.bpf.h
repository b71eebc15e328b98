/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Iterators that user space reads once: what there was when loopstall attached. */
#ifndef LOOPSTALL_SEED_BPF_H
#define LOOPSTALL_SEED_BPF_H

#include "own_wait.bpf.h"

/* ---- read once: our own pid namespace, and the threads that are in a wait right now ---- */

SEC("iter/task") int find_pid_level(struct bpf_iter__task *ctx)
{
	if (!ctx->meta->seq_num)
		pid_level = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid, level);
	return 0;
}

/*
 * Threads of targets that are still in a loop wait which they entered before entered_before, counted anew in each round;
 * counted_for: the instant that the last whole round was for.
 */
__u64 entered_before = 0, counted_for = 0;
__u32 still_waiting = 0;

static struct thread fresh; /* too big for the stack; one iterator runs at a time */

/* See is_own_object(): a loop that was run again deeper, and sleeps there since, does not come to its next wait. */
static __always_inline void find_rerun(struct thread *t, struct task_struct *task, struct pt_regs *regs, u32 wait)
{
	struct ls_slot *s = slot_of(t);
	struct wait_id id;

	if (!s || !(s->traits & LS_TRAIT_REENTERS) || t->phase != PHASE_BUSY || !t->deeper_seen || !task_state(task))
		return;
	identify(&id, task, regs, wait);
	if (!same_object(&t->loop, &id) || !same_object(&t->deeper, &id) ||
	    bpf_ktime_get_ns() - t->deeper_since < RERUN_NS)
		return;
	leave_iteration(t, s);
	t->loop.sp = 0;
}

static __always_inline void seed(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct thread *t;
	struct ls_slot *s;
	u32 wait;

	if (!in_target(task))
		return;
	wait = task_state(task) || (!task->on_cpu && in_syscall(regs)) ? wait_kind(regs) : LS_WAIT_NONE;
	t = bpf_task_storage_get(&threads, task, 0, 0);
	if (t && wait) {
		note_wait(t, task, wait);
		find_rerun(t, task, regs, wait);
	}
	if (t && t->phase == PHASE_WAITING && t->since < entered_before)
		still_waiting++;
	if (t)
		return;
	__builtin_memset(&fresh, 0, __builtin_offsetof(struct thread, notes)); /* there are none */
	fresh.since = bpf_ktime_get_ns();
	fresh.seeded_at = wait ? 0 : fresh.since;
	fresh.cpu_start = task->se.sum_exec_runtime;
	fresh.delay_start = has_run_delay(task) ? run_delay(task) : 0;
	fresh.threaded = has_threads(task);
	if (wait) {
		identify(&fresh.loop, task, regs, wait);
		fresh.proven = 2;
		fresh.blocks = !is_instant(regs, wait);
		if (fresh.loop.family == LS_WAIT_POLL) /* which they are stands in its memory: not known yet */
			fresh.loop.count = (u32)regs_arg1(regs);
		fresh.phase = PHASE_WAITING;
	}
	/* made whole in one step: the thread may wake up on another CPU meanwhile */
	t = bpf_task_storage_get(&threads, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t || !wait)
		return;
	note_wait(t, task, wait);
	if (!open_slot(t, task, wait, t->since))
		return;
	s = slot_of(t);
	if (s && task_state(task) & (TASK_STOPPED | TASK_TRACED)) /* on the way out of the wait */
		busy_from_attach(t, s, task, t->since);
	else if (s)
		s->wait_since = t->since;
}

SEC("iter/task") int seed_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!ctx->meta->seq_num)
		still_waiting = 0;
	if (task)
		seed(task);
	else
		counted_for = entered_before;
	return 0;
}

/* ---- asked by user space: a loop that was stuck when loopstall attached ---- */

__u32 presumed_tid = 0; /* its thread; 0 when that was done */
__s32 presumed_epoll = 0;

/* Never seen to wait, or since loopstall attached in a single wait that is not for that epoll instance. */
static __always_inline bool may_be_stuck(struct thread *t, struct task_struct *task)
{
	struct ls_slot *s = slot_of(t);

	if (!s)
		return t->seeded_at && !t->loop.family;
	return t->phase == PHASE_WAITING && t->proven == 2 && !s->iterations && !s->discarded &&
	       t->loop.object != object_of(task, presumed_epoll);
}

static __always_inline void presume(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	u64 since = t ? t->seeded_at ? t->seeded_at : t->since : 0;
	struct ls_slot *s;

	if (!t || !may_be_stuck(t, task))
		return;
	t->loop.sp = 0;
	t->loop.fd = presumed_epoll;
	t->loop.family = LS_WAIT_EPOLL_WAIT;
	t->loop.object = object_of(task, presumed_epoll);
	t->proven = SETTLED;
	if (!t->slot && !open_slot(t, task, LS_WAIT_EPOLL_WAIT, since))
		return;
	s = slot_of(t);
	if (!s)
		return;
	s->wait = LS_WAIT_EPOLL_WAIT;
	s->wait_fd = presumed_epoll;
	busy_from_attach(t, s, task, since);
	presumed_tid = 0;
}

SEC("iter/task") int presume_loop(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && presumed_tid && pid_seen_by_us(task) == presumed_tid)
		presume(task);
	return 0;
}

#endif
