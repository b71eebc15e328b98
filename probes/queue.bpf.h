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
 *
 * Who makes data ready and the loop thread are on two CPUs most often, so each has its own cache lines to write to: a line
 * that both write costs either of them 50 to 200 ns each time.
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

static __always_inline u64 not_read(struct ls_queue *q)
{
	return once(q->in.ready) - q->done;
}

static __always_inline u32 waiting(struct ls_queue *q)
{
	u64 n = not_read(q);

	return n < (1U << 31) ? (u32)n : 0; /* a look between two additions */
}

static __always_inline u64 more_until(struct ls_queue *q, u64 now)
{
	return not_read(q) * (now + LS_TORN) - (once(q->in.sum) - q->done_sum) - q->area;
}

/*
 * All waiting until now. A stamp may be later than now by what a CPU needs to get from the one to the other: that little is
 * in the next look's.
 */
static __always_inline u64 area_until(struct ls_queue *q, u64 now)
{
	u64 more = more_until(q, now);

	if (more >= LS_TORN / 2) /* torn: once more */
		more = more_until(q, now);
	if (more < LS_TORN / 2)
		q->area += more;
	return q->area;
}

/* So many sockets wait no longer for the loop, says its own thread. */
static __always_inline void end_waiting(struct ls_queue *q, u64 sockets, u64 at)
{
	q->done += sockets;
	q->done_sum += sockets * (at + LS_TORN);
}

/* One does not, says another thread, or the socket's end. */
static __always_inline void end_waiting_elsewhere(struct ls_queue *q, u64 at)
{
	__sync_fetch_and_sub(&q->in.ready, 1);
	__sync_fetch_and_sub(&q->in.sum, at + LS_TORN);
}

/* To write is dearer than to look. */
static __always_inline void forget(u64 *first)
{
	if (once(*first))
		*first = 0;
}

/* ---- iterations ---- */

static __always_inline void queue_iteration_begins(struct thread *t, u64 now)
{
	struct ls_queue *q = queue_of(t);

	if (!q)
		return;
	forget(&q->in.iteration_first);
	q->iterations++;
	q->iteration_longest = 0;
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
	if (now - t->since < LS_DELAYED_NS && now - t->since < threshold_ns)
		return; /* of the shorter ones nobody is told: not worth the look at a line that others write to */
	left = waiting(q);
	d->total_ns = area_until(q, now) - q->iteration_area;
	d->max_ns = longest_wait(q->iteration_longest, q->iteration_old, left, q->in.iteration_first, t->since, now);
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
	forget(&q->in.step_first);
	q->step_since = now;
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
	d->max_ns = longest_wait(0, q->step_old, d->sockets, q->in.step_first, t->step.since, now);
}

/* ---- sleeps ---- */

/*
 * The loop sleeps in its wait, and sockets have data. It does not ask for them (it has put reading off, or they are
 * closed), or it would not sleep: it is not the loop that they wait for. Unless the data came while the thread was on its
 * way to sleep: then it is woken up already, or will be in a moment (the stamp comes before the wakeup, and a hypervisor may
 * hold up either CPU for milliseconds in between). Those are read in the first iteration after the sleep: see
 * given_up_too_soon().
 */
static __always_inline void queue_loop_sleeps(struct thread *t, struct task_struct *task)
{
	struct ls_queue *q = queue_of(t);
	u64 left;

	if (!q)
		return;
	left = waiting(q);
	if (!left || task_state(task) & TASK_WAKING)
		return;
	q->gave_up_at = bpf_ktime_get_ns();
	q->gave_up_in = q->iterations;
	q->in.epoch = ++q->epoch;
	q->unread += left;
	end_waiting(q, left, q->gave_up_at);
}

#endif
