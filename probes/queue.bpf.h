/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Queue delay, at the boundaries of iterations and steps: how much waiting fell into them.
 *
 * The waiting up to an instant t is the sum of (t - ready) over the sockets that wait, and of (read - ready) over those
 * that did. With the number of sockets that became ready less that of those that were read, and with the sum of the
 * instants of the former less those of the latter, it is (ready - done) * t - sum: two additions for each event, on
 * whatever CPU that is, and one look for each boundary, however many sockets wait. The difference between two boundaries is
 * what the work between them inflicted, exactly, and all of them add up to all waiting.
 *
 * The additions are atomic each, but not both together. So each instant has LS_TORN added to it: a look in between is off by
 * that, which nothing else ever is.
 */
#ifndef LOOPSTALL_QUEUE_BPF_H
#define LOOPSTALL_QUEUE_BPF_H

#include "state.bpf.h"
#include "queue.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct ls_queue);
} queues SEC(".maps");

#define once(x) (*(volatile __typeof__(x) *)&(x))

static __always_inline struct ls_queue *queue_of(struct thread *t)
{
	u32 index = t->slot - 1;

	return queue_delay && t->slot ? bpf_map_lookup_elem(&queues, &index) : NULL;
}

static __always_inline u32 waiting(struct ls_queue *q)
{
	u64 n = once(q->ready) - once(q->done);

	return n < (1U << 31) ? (u32)n : 0; /* a look between two additions */
}

/*
 * All waiting until now. A stamp may be later than now by what a CPU needs to get from the one to the other: that little is
 * in the next look's.
 */
static __always_inline u64 area_until(struct ls_queue *q, u64 now)
{
	u64 more = (once(q->ready) - once(q->done)) * (now + LS_TORN) - once(q->sum) - q->area;

	if (more >= LS_TORN / 2) /* torn: once more */
		more = (once(q->ready) - once(q->done)) * (now + LS_TORN) - once(q->sum) - q->area;
	if (more < LS_TORN / 2)
		q->area += more;
	return q->area;
}

/* So many sockets wait no longer. */
static __always_inline void end_waiting(struct ls_queue *q, u64 sockets, u64 now)
{
	__sync_fetch_and_add(&q->done, sockets);
	__sync_fetch_and_sub(&q->sum, sockets * (now + LS_TORN));
}

/* ---- iterations ---- */

static __always_inline void queue_iteration_begins(struct thread *t, u64 now)
{
	struct ls_queue *q = queue_of(t);

	if (!q)
		return;
	q->iteration_first = q->iteration_longest = 0;
	q->iteration_sockets = 0;
	q->iteration_area = area_until(q, now);
	q->iteration_old = waiting(q);
}

static __always_inline u64 longest_wait(u64 longest, u32 old, u32 left, u64 first, u64 start, u64 now)
{
	u64 since = old ? start : first;

	if (left && since && now > since && now - since > longest)
		longest = now - since;
	return longest;
}

static __always_inline void queue_iteration_ends(struct thread *t, u64 now, struct ls_delayed *d)
{
	struct ls_queue *q = queue_of(t);
	u32 left;

	if (!q)
		return;
	left = waiting(q);
	d->total_ns = area_until(q, now) - q->iteration_area;
	d->max_ns = longest_wait(q->iteration_longest, q->iteration_old, left, q->iteration_first, t->since, now);
	d->sockets = q->iteration_sockets + left;
	q->held_ns += d->total_ns;
	if (now - t->since >= threshold_ns)
		q->stalled_ns += d->total_ns;
}

/* ---- steps ---- */

static __always_inline void queue_step_begins(struct thread *t, u64 now)
{
	struct ls_queue *q = queue_of(t);

	if (!q)
		return;
	q->step_first = 0;
	q->step_area = area_until(q, now);
	q->step_old = waiting(q);
}

static __always_inline void queue_step_ends(struct thread *t, u64 now, struct ls_delayed *d)
{
	struct ls_queue *q = queue_of(t);

	if (!q)
		return;
	d->sockets = waiting(q);
	d->total_ns = area_until(q, now) - q->step_area;
	d->max_ns = longest_wait(0, q->step_old, d->sockets, q->step_first, t->step.since, now);
}

/* ---- sleeps ---- */

/*
 * The loop sleeps in its wait, and sockets have data. It does not ask for them (it has put reading off, or they are
 * closed), or it would not sleep: it is not the loop that they wait for. Unless the data came just now, while the thread
 * was on its way to sleep.
 */
#define ASKED_NS 50000

static __always_inline void queue_loop_sleeps(struct thread *t)
{
	struct ls_queue *q = queue_of(t);
	u64 now, left;

	if (!q)
		return;
	left = waiting(q);
	if (!left)
		return;
	now = bpf_ktime_get_ns();
	if (now - q->last_ready < ASKED_NS)
		return;
	q->epoch++;
	q->unread += left;
	end_waiting(q, left, now);
}

#endif
