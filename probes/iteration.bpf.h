/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One iteration: begun, added to its loop's slot when it ends, or discarded. */
#ifndef LOOPSTALL_ITERATION_BPF_H
#define LOOPSTALL_ITERATION_BPF_H

#include "dist.bpf.h"
#include "queue.bpf.h"
#include "request.bpf.h"

/* Whoever opens task steps defines it: task.bpf.h. */
static __always_inline void leave_steps(struct thread *t);

static __always_inline void stall_record(struct thread *t, struct ls_slot *s, u64 now, u64 start,
					 const struct ls_split *split, const struct ls_delayed *delayed, u32 flags)
{
	struct ls_record_stall *r;

	s->stalls++;
	r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		s->stall_records_lost++;
		return;
	}
	fill_head(&r->head, LS_RECORD_STALL, sizeof(*r), now, t->slot - 1, s->pid);
	r->iteration = flags & LS_STALL_BEFORE_ATTACH ? 0 : s->iterations;
	r->start_ns = start;
	r->busy_ns = now - start;
	r->split = *split;
	r->delayed = *delayed;
	r->gil_ns = t->gil_ns;
	r->flags = flags;
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
}

static __always_inline void iteration_record(struct thread *t, struct ls_slot *s, u64 now)
{
	struct ls_record_iteration *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		s->trace_lost++;
		return;
	}
	fill_head(&r->head, LS_RECORD_ITERATION, sizeof(*r), now, t->slot - 1, s->pid);
	r->start_ns = t->since;
	r->runqueue_ns = t->runqueue_ns;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __always_inline void begin_iteration(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	t->phase = PHASE_BUSY;
	t->since = now;
	t->blocked_ns = t->runqueue_ns = t->unwoken_ns = t->gil_ns = t->off_since = 0;
	t->off = LS_OFF_NO;
	t->sleeps_start = task->nvcsw;
	t->sleeps = 0;
	t->delay_start = has_run_delay(task) ? run_delay(task) : 0;
	t->cpu_known = t->clock_known;
	t->cpu_start = t->clock_known ? cpu_clock(task, t, now) : 0;
	queue_iteration_begins(t, now);
	if (!s)
		return;
	s->open_user = s->fine_user;
	s->open_kernel = s->fine_kernel;
	s->open_blocked = s->open_runqueue = s->off_since = 0;
	s->off = LS_OFF_NO;
	s->wait_since = 0;
	s->busy_since = now;
}

/*
 * CPU time since a start, at most the whole. False: it can not be, as a switch-in that was not seen left the clock of another
 * CPU behind; those differ by what interrupts and the hypervisor took from each.
 */
#define CLOCK_SLACK_NS 1000000

static __always_inline bool cpu_since(u64 start, struct thread *t, struct task_struct *task, u64 now, u64 busy, u64 *cpu)
{
	s64 read = (s64)(cpu_clock(task, t, now) - start);

	*cpu = read < 0 ? 0 : (u64)read < busy ? (u64)read : busy;
	return read >= -CLOCK_SLACK_NS && read <= (s64)busy + CLOCK_SLACK_NS;
}

static __always_inline u64 cpu_since_start(struct thread *t, struct task_struct *task, u64 now, u64 busy)
{
	u64 cpu;

	cpu_since(t->cpu_start, t, task, now, busy, &cpu);
	return cpu;
}

/*
 * What a sleep's end is late by is in CPU time too, which the scheduler begins at the clock reading of the wakeup: 4 us
 * before the tracepoint, measured here, which 500 sleeps in one SQLite transaction make 2 ms. An unseen wakeup's sleep has all
 * of the run queue's part. So what the parts exceed busy time by was not asleep, as far as that goes.
 */
#define WAKE_LAG_NS 10000

static __always_inline u64 blocked_once(u64 blocked, u64 unwoken, u64 sleeps, const struct ls_split *split, u64 busy)
{
	u64 sum = split->cpu_ns + split->runqueue_ns + blocked, excess;
	u64 doubt = unwoken + sleeps * WAKE_LAG_NS;

	if (sum <= busy)
		return blocked;
	excess = sum - busy;
	if (excess > doubt)
		excess = doubt;
	return blocked - (excess < blocked ? excess : blocked);
}

static __always_inline void split_of(struct ls_split *split, struct thread *t, struct ls_slot *s,
				     struct task_struct *task, u64 now, u64 busy)
{
	bool unseen = t->off == LS_OFF_BLOCKED || task->nvcsw - t->sleeps_start > t->sleeps;
	bool clock = t->cpu_known;
	u64 known;

	if (has_run_delay(task))
		t->runqueue_ns = run_delay(task) - t->delay_start;
	if (t->runqueue_ns > busy)
		t->runqueue_ns = busy;
	split->runqueue_ns = t->runqueue_ns;
	split->user_samples = s->fine_user - s->open_user;
	split->kernel_samples = s->fine_kernel - s->open_kernel;
	if (clock && !cpu_since(t->cpu_start, t, task, now, busy, &split->cpu_ns))
		split->cpu_ns = clock = 0;
	split->blocked_ns = blocked_once(t->blocked_ns, t->unwoken_ns, t->sleeps, split, busy);
	if (clock && !unseen)
		return;
	/*
	 * What is not measured is the rest: CPU time, as long as no context switch has shown the scheduler's clock of this CPU; sleep, if
	 * its beginning or its end was not seen (hypervisors' own threads hide their switches).
	 */
	s->split_incomplete++;
	known = split->cpu_ns + split->blocked_ns + split->runqueue_ns;
	if (known >= busy)
		return;
	if (unseen)
		split->blocked_ns += t->unseen_ns = busy - known;
	else
		split->cpu_ns = busy - known;
}

/* Busy time whose length as an iteration is not known: it is in no histogram. */
static __always_inline void add_busy(struct ls_slot *s, const struct ls_split *split, u64 busy)
{
	s->busy_ns += busy;
	s->split.cpu_ns += split->cpu_ns;
	s->split.blocked_ns += split->blocked_ns;
	s->split.runqueue_ns += split->runqueue_ns;
}

/* An iteration that began before loopstall attached is a stall, and busy time since then. */
static __always_inline void add_before_attach(struct thread *t, struct ls_slot *s, const struct ls_split *split,
					      const struct ls_delayed *delayed, u64 now)
{
	t->before_attach = s->before_attach = 0;
	s->busy_since = 0;
	__sync_fetch_and_add(&s->seq, 1);
	add_busy(s, split, now - t->since);
	__sync_fetch_and_add(&s->seq, 1);
	if (now - t->since >= threshold_ns)
		stall_record(t, s, now, t->since, split, delayed, LS_STALL_BEFORE_ATTACH);
}

/* Adds the open iteration, which ended at now. */
static __always_inline void add_iteration(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	u64 busy = now - t->since;
	struct ls_delayed delayed = {};
	struct ls_split split = {};
	u32 bucket;

	split_of(&split, t, s, task, now, busy);
	queue_iteration_ends(t, now, &delayed);
	request_iteration_ends(t, now);
	if (t->before_attach) {
		add_before_attach(t, s, &split, &delayed, now);
		return;
	}
	__sync_fetch_and_add(&s->seq, 1);
	s->iterations++;
	add_busy(s, &split, busy);
	bucket = ls_bucket(busy);
	count(&s->busy, bucket, busy);
	count(&s->own, split.runqueue_ns ? ls_bucket(busy - split.runqueue_ns) : bucket, busy - split.runqueue_ns);
	if (busy >= threshold_ns)
		stall_record(t, s, now, t->since, &split, &delayed, 0);
	if (trace_iterations)
		iteration_record(t, s, now);
	s->busy_since = 0;
	__sync_fetch_and_add(&s->seq, 1);
}

static __always_inline void discard_iteration(struct thread *t, struct ls_slot *s)
{
	leave_steps(t);
	if (t->phase != PHASE_BUSY || !s)
		return;
	s->discarded++;
	s->busy_since = 0;
	request_discarded(t);
	t->before_attach = s->before_attach = 0;
}

static __always_inline void begin_wait(struct thread *t, struct ls_slot *s, u64 now)
{
	t->phase = PHASE_WAITING;
	t->since = now;
	if (!s)
		return;
	s->busy_since = 0;
	s->wait_since = now;
}

#endif
