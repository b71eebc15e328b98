/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A loop's slot: opened for a thread that waits again and again; and what was open when loopstall attached. */
#ifndef LOOPSTALL_SLOT_BPF_H
#define LOOPSTALL_SLOT_BPF_H

#include "iteration.bpf.h"
#include "wait.bpf.h"

static __always_inline void loop_record(u32 kind, u32 slot, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct ls_record_loop *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		lose(LS_LOSS_RECORDS);
		return;
	}
	fill_head(&r->head, kind, sizeof(*r), now, slot, s->pid);
	r->tid = s->tid;
	r->wait = s->wait;
	r->wait_fd = s->wait_fd;
	r->pad = 0;
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), task->comm);
	bpf_ringbuf_submit(r, BPF_RB_FORCE_WAKEUP);
}

static __always_inline u32 wait_frame_of(struct ls_slot *s, struct task_struct *task)
{
	struct ls_target *target;

	if (s)
		return s->wait_frame;
	target = target_of(task);
	return target ? target->wait_frame : 0;
}

/* A slot for a thread that is seen to wait again and again. User space cleared it before it queued it. */
static __noinline int open_slot(struct thread *t, struct task_struct *task, u32 wait, u64 now)
{
	struct ls_slot *s;
	u32 index;

	if (!t || !task)
		return 0;
	if (bpf_map_pop_elem(&free_slots, &index)) {
		if (!t->refused++)
			lose(LS_LOSS_LOOPS);
		return 0;
	}
	s = bpf_map_lookup_elem(&slots, &index);
	if (!s)
		return 0;
	s->wait_frame = wait_frame_of(NULL, task);
	s->pid = tgid_seen_by_us(task);
	s->tid = pid_seen_by_us(task);
	s->kernel_tid = task->pid;
	s->wait = wait;
	s->wait_fd = t->loop.fd;
	t->slot = index + 1;
	t->stack_start = untrusted(task)->mm->start_stack;
	loop_record(LS_RECORD_LOOP_OPENED, index, s, task, now);
	return 1;
}

static __always_inline void close_slot(struct thread *t, struct ls_slot *s, struct task_struct *task)
{
	u32 slot = t->slot - 1;

	s->wait_since = 0;
	t->slot = 0;
	loop_record(LS_RECORD_LOOP_CLOSED, slot, s, task, bpf_ktime_get_ns());
}

/*
 * A thread that ran when loopstall attached and only now comes to its loop's wait was in an iteration all the while,
 * if its loop existed then: an epoll instance tells; without one it may just have been starting up.
 */
static __always_inline void record_before_attach(struct thread *t, struct ls_slot *s, struct task_struct *task)
{
	struct ls_split split = {.cpu_ns = t->before_cpu, .runqueue_ns = t->before_delay};
	struct ls_delayed delayed = {};
	u64 known = t->before_cpu + t->before_delay;
	struct ls_target *target = target_of(task);

	if (!t->before_ns || t->before_ns < threshold_ns || t->loop.family != LS_WAIT_EPOLL_WAIT || !target)
		return;
	if (t->before_ns > known)
		split.blocked_ns = t->before_ns - known;
	if ((u32)t->loop.fd >= 64 || !(target->epolls >> (u32)t->loop.fd & 1))
		return;
	add_busy(s, &split, t->before_ns);
	stall_record(t, s, t->seeded_at + t->before_ns, t->seeded_at, &split, &delayed, LS_STALL_BEFORE_ATTACH);
}

/* The waits that no target is seen in need no tracepoint: user space looks at this. */
static __always_inline void note_wait(struct thread *t, struct task_struct *task, u32 wait)
{
	struct ls_target *target;

	if (t->waits & 1U << wait)
		return;
	t->waits |= 1U << wait;
	target = target_of(task);
	if (target)
		target->waits |= 1U << wait;
}

/* ---- an iteration that was open when loopstall attached ---- */

/*
 * What was neither CPU time nor run-queue delay since then was sleep. A thread that has not run at all meanwhile is in
 * one sleep since before.
 */
static __always_inline void book_since_attach(struct thread *t, struct task_struct *task, u64 now, bool asleep)
{
	u64 elapsed = now - t->since, delay = has_run_delay(task) ? run_delay(task) - t->delay_start : 0, rest, cpu;

	t->runqueue_ns = delay < elapsed ? delay : elapsed;
	rest = elapsed - t->runqueue_ns;
	cpu = asleep ? task->se.sum_exec_runtime - t->cpu_start : t->clock_known ? cpu_since_start(t, task, now, rest) : rest;
	t->blocked_ns = cpu && cpu < rest ? rest - cpu : 0;
	t->off = asleep ? LS_OFF_BLOCKED : LS_OFF_NO;
	t->off_since = !asleep ? 0 : cpu || t->runqueue_ns ? now : t->since;
	t->cpu_known = asleep || t->clock_known;
}

/*
 * The slot's loop is busy since loopstall attached. The thread most often sleeps or spins for long already; should it move
 * on in this very microsecond, its next wait puts things right.
 */
static __always_inline void busy_from_attach(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 since)
{
	t->since = since;
	queue_iteration_begins(t, bpf_ktime_get_ns());
	t->seeded_at = 0;
	t->unwoken_ns = t->sleeps = t->slept_ns = 0;
	t->sleeps_start = task->nvcsw;
	book_since_attach(t, task, bpf_ktime_get_ns(), task_state(task) != 0);
	t->before_attach = s->before_attach = 1;
	t->phase = PHASE_BUSY;
	s->open_user = s->fine_user;
	s->open_kernel = s->fine_kernel;
	s->open_blocked = t->blocked_ns;
	s->open_runqueue = t->runqueue_ns;
	s->off_since = t->off_since;
	s->off = t->off;
	s->wait_since = 0;
	s->busy_since = since;
}

#endif
