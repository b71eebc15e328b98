/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boundaries: where an iteration begins (a loop wait returns) and ends (the next one is entered). Constant time: two map
 * look-ups and a bucket. One program for each serves the whole wait family: the registers tell which one it is.
 */
#ifndef LOOPSTALL_BOUNDARY_BPF_H
#define LOOPSTALL_BOUNDARY_BPF_H

#include "own_wait.bpf.h"
#include "task.bpf.h"
#include "wait_set.bpf.h"

/* libuv: what came between an empty poll with timeout 0 and the blocking wait right after it is no iteration. */
static __always_inline bool one_wait(struct thread *t, struct ls_slot *s, struct pt_regs *regs, u64 now)
{
	return (s->traits & LS_TRAIT_ZERO_THEN_BLOCK) && t->zero_wait && (s32)regs_arg3(regs) != 0 &&
	       now - t->since < 100000;
}

static __always_inline void close_iteration(struct thread *t, struct ls_slot *s, struct task_struct *task,
					    struct pt_regs *regs, u64 now)
{
	if (t->phase != PHASE_BUSY)
		return;
	if (has_steps(t))
		end_steps(t, task, now);
	if (!one_wait(t, s, regs, now)) {
		add_iteration(t, s, task, now);
		return;
	}
	s->busy_since = 0;
	s->idle_ns += now - t->since;
}

static __always_inline void describe_wait(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					  struct task_struct *task, struct pt_regs *regs, u32 wait)
{
	s->wait = wait;
	s->wait_fd = id->fd;
	if (s->traits & LS_TRAIT_CONFIRMED || id->family == LS_WAIT_IO_URING_ENTER)
		return;
	if (id->family == LS_WAIT_EPOLL_WAIT)
		note_epoll(s, task, id->fd);
	else
		note_set(s, regs, id->family);
	if (s->set_nfds <= s->set_announced)
		return;
	s->set_announced = s->set_nfds;
	loop_record(LS_RECORD_LOOP_SET, t->slot - 1, s, task, bpf_ktime_get_ns());
}

/* A poll that a signal stopped goes on as restart_syscall, with its registers as they were. */
static __always_inline u32 wait_now(struct thread *t, struct pt_regs *regs)
{
	if (regs_syscall(regs) == NR_RESTART_SYSCALL && t->loop.family == LS_WAIT_POLL)
		return LS_WAIT_POLL;
	return wait_kind(regs);
}

/* Or another loop's of the same thread, which may not turn out before it ends: its steps are booked meanwhile. */
static __always_inline void nested_wait(struct thread *t, u64 now)
{
	t->nested_at = now;
	if (t->noted)
		book_notes(t);
}

/* not_these: waits, a bit each, that another program sees entered. */
static __always_inline void wait_enter(struct task_struct *task, u32 not_these)
{
	struct thread *t = thread_made(task);
	struct pt_regs *regs;
	struct wait_id id;
	struct ls_slot *s;
	bool instant;
	u64 now;
	u32 wait;

	if (!t)
		return;
	regs = regs_of(t, task);
	wait = wait_now(t, regs);
	if (!wait || not_these >> wait & 1)
		return;
	note_wait(t, task, wait);
	now = bpf_ktime_get_ns();
	identify(&id, task, regs, wait);
	identify_set(&id, regs);
	instant = is_instant(regs, wait);
	s = slot_of(t);
	if (!is_boundary(t, s, &id, task, now, instant)) {
		nested_wait(t, now);
		return;
	}
	if (!t->slot) /* given up */
		s = NULL;
	t->proven++;
	t->blocks |= !instant;
	if (!s && t->proven >= 2 && open_slot(t, task, wait, now)) {
		s = slot_of(t);
		if (s)
			record_before_attach(t, s, task);
	}
	if (s) {
		describe_wait(t, s, &id, task, regs, wait);
		close_iteration(t, s, task, regs, now);
	}
	begin_wait(t, s, now);
	t->zero_wait = (s32)regs_arg3(regs) == 0;
}

/* Counts once, whichever program sees it first. returned: what, if it does not stand in the registers yet. */
static __always_inline void wait_exit(struct task_struct *task, const long *returned)
{
	struct thread *t = thread_of(task);
	struct pt_regs *regs;
	struct ls_slot *s;
	long ready;
	u64 now;

	if (!t || t->phase != PHASE_WAITING)
		return;
	regs = regs_of(t, task);
	if (regs_sp(regs) != t->loop.sp || !wait_now(t, regs))
		return;
	now = bpf_ktime_get_ns();
	ready = returned ? *returned : regs_ret(regs);
	s = slot_of(t);
	if (s) {
		s->idle_ns += now - t->since;
		s->events += ready > 0 ? ready : 0;
	}
	t->zero_wait = t->zero_wait && ready == 0;
	begin_iteration(t, s, task, now);
}

#endif
