/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose wait is it: the loop's own, or one of its handlers'? See docs/design.md. */
#ifndef LOOPSTALL_OWN_WAIT_BPF_H
#define LOOPSTALL_OWN_WAIT_BPF_H

#include "slot.bpf.h"

/* When another wait that keeps coming, without the loop's own, counts as the loop: see moved_to(). */
#define UNPROVEN_REPEATS 3
#define SETTLED 32
#define MOVED_REPEATS 256
#define MOVED_NS 5000000000ULL

static __always_inline void adopt(struct thread *t, const struct wait_id *id)
{
	discard_iteration(t, slot_of(t));
	t->loop = *id;
	t->proven = 0;
	t->deeper_seen = 0;
	t->step.sp = 0;
	t->phase = PHASE_UNKNOWN;
}

/* A wait that looks nested: has the loop moved there? Only if it keeps coming without the loop's own. */
static __always_inline bool moved_to(struct thread *t, const struct wait_id *id, u64 now)
{
	if (!same_wait(&t->deeper, id)) {
		t->deeper = *id;
		t->deeper_seen = 0;
		t->deeper_since = now;
	}
	t->deeper_seen++;
	if (t->proven < 2)
		return t->deeper_seen >= UNPROVEN_REPEATS;
	return t->deeper_seen >= MOVED_REPEATS && now - t->deeper_since >= MOVED_NS;
}

/* All the time since loopstall attached belongs to one iteration. Its CPU time is good to a tick; the rest is sleep. */
static __always_inline void busy_since_attach(struct thread *t, struct task_struct *task, u64 now)
{
	t->before_ns = now - t->seeded_at;
	t->before_delay = has_run_delay(task) ? run_delay(task) - t->delay_start : 0;
	if (t->before_delay > t->before_ns)
		t->before_delay = t->before_ns;
	t->before_cpu = t->clock_known ? cpu_since_start(t, task, now, t->before_ns - t->before_delay)
				       : t->before_ns - t->before_delay;
}

/*
 * Does another wait look nested in the loop's handlers? It does if it is deeper on the stack (stacks grow down). A wait
 * function with a large frame of its own (libuv's poll: 12 KiB and more) makes handlers that run outside it look higher,
 * so that much is allowed for. Besides, a loop that has waited often on an epoll instance that is still open has not
 * ended.
 */
static __always_inline bool looks_nested(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					 struct task_struct *task)
{
	return id->sp < t->loop.sp + wait_frame_of(s, task) || (t->proven >= SETTLED && has_object(t->loop.family));
}

/*
 * A handler may be in a poll when loopstall attaches. Deeper than that stands an epoll_wait only if its caller has a wait frame,
 * as in libuv, which polls for nothing but its handlers. Other callers' frames are not known: there the epoll instance is the
 * better guess as long as the poll was not seen twice.
 */
static __always_inline bool is_better_guess(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					    struct task_struct *task)
{
	return has_object(id->family) && !has_object(t->loop.family) && (t->proven < 2 || wait_frame_of(s, task));
}

/*
 * From a process' first pthread_create on libc's waits take another path (they become points of cancellation), and the
 * same call stands a little lower: 40 bytes in glibc 2.36. A wait on the same epoll instance that is nested in a handler
 * is further away than this. A poll() in a small function of C is not: that is believed once only, right after the
 * process got its second thread.
 */
#define SAME_CALL_BYTES 128

static __always_inline bool moved_a_little(struct thread *t, const struct wait_id *id, struct task_struct *task)
{
	bool first = !t->threaded && has_threads(task);

	if (!same_object(&t->loop, id) || id->sp + SAME_CALL_BYTES < t->loop.sp || t->loop.sp + SAME_CALL_BYTES < id->sp)
		return false;
	t->threaded |= first;
	return has_object(id->family) || first;
}

/*
 * Is this wait the loop's own? Learns on the way: a wait higher on the stack than the loop's shows that what was taken
 * for the loop was nested or has ended; so does the loss of the loop's epoll file.
 */
static __always_inline bool is_boundary(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					struct task_struct *task, u64 now)
{
	bool known = t->loop.family != 0;

	if (!t->loop.sp && same_object(&t->loop, id)) /* presumed: it was never seen in its wait */
		t->loop.sp = id->sp;
	if (known && s && (s->traits & LS_TRAIT_EXECUTOR) && id->fd == t->loop.fd && id->object == t->loop.object)
		t->loop.sp = id->sp;
	if (known && same_wait(&t->loop, id)) {
		t->deeper_seen = 0;
		return true;
	}
	if (known && moved_a_little(t, id, task)) {
		t->loop.sp = id->sp;
		t->deeper_seen = 0;
		return true;
	}
	if (known && looks_nested(t, s, id, task) && !loop_is_gone(t, task) && !is_better_guess(t, s, id, task) &&
	    !moved_to(t, id, now))
		return false;
	if (t->seeded_at && !t->slot && id->sp > t->loop.sp)
		busy_since_attach(t, task, now);
	adopt(t, id);
	t->threaded = has_threads(task);
	return true;
}

#endif
