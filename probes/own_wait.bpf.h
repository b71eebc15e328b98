/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose wait is it: the loop's own, or one of its handlers'? See docs/design.md. */
#ifndef LOOPSTALL_OWN_WAIT_BPF_H
#define LOOPSTALL_OWN_WAIT_BPF_H

#include "slot.bpf.h"

/* When another wait that keeps coming, without the loop's own, counts as the loop: see has_moved(). */
#define UNPROVEN_REPEATS 3
#define SETTLED 32
#define MOVED_REPEATS 256
#define MOVED_NS 5000000000ULL
#define RERUN_REPEATS 3 /* on the same epoll instance */
#define RERUN_NS 1000000000ULL

static __always_inline void leave_iteration(struct thread *t, struct ls_slot *s)
{
	discard_iteration(t, s);
	t->phase = PHASE_UNKNOWN;
}

static __always_inline void adopt(struct thread *t, const struct wait_id *id)
{
	leave_iteration(t, slot_of(t));
	t->loop = *id;
	t->proven = 0;
	t->deeper_seen = 0;
	t->blocks = 0;
	t->step.sp = 0;
}

static __always_inline bool keeps_coming(struct thread *t, const struct wait_id *id, u64 now, u64 times, u64 ns)
{
	if (has_object(id->family) ? !same_object(&t->deeper, id) : !same_wait(&t->deeper, id)) {
		t->deeper = *id;
		t->deeper_seen = 0;
	}
	if (!t->deeper_seen++)
		t->deeper_since = now;
	return t->deeper_seen >= times && now - t->deeper_since >= ns;
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

/* ---- the loop's own? ---- */

static __always_inline bool is_within(const struct wait_id *a, const struct wait_id *b, u64 bytes)
{
	return a->sp + bytes >= b->sp && b->sp + bytes >= a->sp;
}

/*
 * From a process' first pthread_create on libc's waits take another path (they become points of cancellation), and the
 * same call stands a little lower: 40 bytes in glibc 2.36. Two calls that are no further apart may as well stand in one function,
 * into which a compiler put a handler.
 */
#define SAME_LEVEL_BYTES 128

static __always_inline bool is_same_level(const struct wait_id *a, const struct wait_id *b)
{
	return is_within(a, b, SAME_LEVEL_BYTES);
}

/*
 * A wait on the loop's own epoll instance serves the loop, wherever it is called from: programs set up in one function and serve
 * in another, Java's compilers move frames, coroutines have stacks of their own. But asyncio can be made to run in its own
 * handlers (nest_asyncio): there the deeper wait is one of a handler, unless the loop's comes no more.
 */
static __always_inline bool is_own_object(struct thread *t, struct ls_slot *s, const struct wait_id *id, u64 now)
{
	if (!has_object(id->family) || !same_object(&t->loop, id))
		return false;
	if (!s || !(s->traits & LS_TRAIT_REENTERS) || id->sp + SAME_LEVEL_BYTES >= t->loop.sp)
		return true;
	if (!keeps_coming(t, id, now, RERUN_REPEATS, RERUN_NS))
		return false;
	leave_iteration(t, s);
	return true;
}

/* A loop's set begins with the same descriptor as a rule, the listener or a pipe, and handlers wait for one other, or none. */
static __always_inline bool is_handlers_set(const struct wait_id *loop, const struct wait_id *id)
{
	return id->count <= 1 && id->count < loop->count && id->first != loop->first;
}

/* A program that waited for its database, a command or the time before it began to serve. */
static __always_inline bool is_epoll_after_set(struct thread *t, struct ls_slot *s, const struct wait_id *id)
{
	return has_object(id->family) && !has_object(t->loop.family) && !(s && s->traits & LS_TRAIT_CONFIRMED);
}

/*
 * A wait that looks nested: has the loop moved there? Only if it keeps coming without the loop's own, and a handler that reads
 * a long answer from one socket looks like that, too: it never is.
 */
static __always_inline bool has_moved(struct thread *t, struct ls_slot *s, const struct wait_id *id, u64 now)
{
	if (t->proven < 2 || is_epoll_after_set(t, s, id))
		return keeps_coming(t, id, now, UNPROVEN_REPEATS, 0);
	if (!has_object(id->family) && (has_object(t->loop.family) ? id->count <= 1 : is_handlers_set(&t->loop, id)))
		return false;
	return keeps_coming(t, id, now, MOVED_REPEATS, MOVED_NS);
}

/* A set on the stack, of as many descriptors as there are clients, makes the depth of the call vary. */
#define SET_BYTES 4096

static __always_inline bool is_own_set(struct thread *t, struct ls_slot *s, const struct wait_id *id, struct task_struct *task)
{
	const struct wait_id *loop = &t->loop;
	bool first_thread = !t->threaded && has_threads(task);

	if (has_object(id->family) || id->family != loop->family)
		return false;
	if (id->sp == loop->sp && loop->first < 0) /* it was in it when loopstall attached: its set is not known */
		return true;
	if (is_handlers_set(loop, id))
		return false;
	if (id->sp == loop->sp)
		return true;
	if (id->count && id->first == loop->first && is_within(loop, id, SET_BYTES) && !(s && s->traits & LS_TRAIT_REENTERS))
		return true;
	/* Believed once, as a poll() in a small function of C is no further away. */
	if (!first_thread || !is_same_level(loop, id))
		return false;
	t->threaded = true;
	return true;
}

static __always_inline void learn_own(struct thread *t, const struct wait_id *id)
{
	t->loop.sp = id->sp;
	t->deeper_seen = 0;
	if (id->count < t->loop.count && t->loop.first >= 0)
		return;
	t->loop.count = id->count;
	t->loop.first = id->first;
}

/* ---- a handler's? ---- */

/*
 * It is one if it is deeper on the stack (stacks grow down). A wait function with a large frame of its own (libuv's poll: 12 KiB
 * and more) makes handlers that run outside it look higher, so that much is allowed for. Higher or not, a loop that has waited
 * often on an epoll instance that is still open has not ended; and next to a loop's wait in which it sleeps, one that only looks, or
 * that has no epoll instance, is not the loop's.
 */
static __always_inline bool looks_nested(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					 struct task_struct *task, bool instant)
{
	const struct wait_id *loop = &t->loop;

	if (id->sp < loop->sp + wait_frame_of(s, task))
		return true;
	if (!has_object(loop->family) && has_object(id->family))
		return is_same_level(loop, id) || !is_epoll_after_set(t, s, id);
	if (!has_object(loop->family))
		return (instant && t->blocks && is_same_level(loop, id)) || is_handlers_set(loop, id);
	if (t->proven >= SETTLED || (t->proven >= 2 && !has_object(id->family)))
		return true;
	return t->blocks && is_same_level(loop, id);
}

/*
 * A handler may be in a poll when loopstall attaches. Deeper than that stands an epoll_wait only if its caller has a wait frame,
 * as in libuv, which polls for nothing but its handlers. Other callers' frames are not known: there the epoll instance is the
 * better guess as long as the poll was not seen twice. And of two waits in one function, the loop's is the one in which it sleeps.
 */
static __always_inline bool is_better_guess(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					    struct task_struct *task, bool instant)
{
	bool has_frame = wait_frame_of(s, task);

	if (is_same_level(&t->loop, id) && instant != !t->blocks)
		return !instant && t->proven < SETTLED && !has_frame;
	if (is_epoll_after_set(t, s, id) && t->loop.count <= 1) /* that is never a loop */
		return true;
	return has_object(id->family) && !has_object(t->loop.family) && (t->proven < 2 || has_frame);
}

/* What a thread does after its event loop was closed: it waits for this and that, and is no loop until it has another. */
static __always_inline bool loop_has_ended(struct thread *t, struct ls_slot *s, const struct wait_id *id)
{
	if (!s || !(s->traits & LS_TRAIT_CONFIRMED) || has_object(id->family))
		return false;
	discard_iteration(t, s);
	t->phase = PHASE_PARKED;
	return true;
}

static __always_inline bool is_handlers(struct thread *t, struct ls_slot *s, const struct wait_id *id, struct task_struct *task,
					u64 now, bool instant)
{
	if (loop_is_gone(t, task))
		return loop_has_ended(t, s, id);
	return looks_nested(t, s, id, task, instant) && !is_better_guess(t, s, id, task, instant) && !has_moved(t, s, id, now);
}

/*
 * What the program did before it began to serve is no part of its loop, which gets a slot of its own. Not again and again, of a
 * thread that polls and has an epoll instance by turns.
 */
#define MOST_RESTARTS 8

static __always_inline void begin_anew(struct thread *t, struct ls_slot *s, const struct wait_id *id, struct task_struct *task)
{
	if (!s || !is_epoll_after_set(t, s, id) || t->restarts >= MOST_RESTARTS)
		return;
	t->restarts++;
	leave_iteration(t, s);
	close_slot(t, s, task);
}

/*
 * Is this wait the loop's own? Learns on the way: a wait higher on the stack than the loop's shows that what was taken
 * for the loop was nested or has ended; so does the loss of the loop's epoll file. instant: it has a timeout of 0.
 */
static __always_inline bool is_boundary(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					struct task_struct *task, u64 now, bool instant)
{
	bool known = t->loop.family != 0;

	if (!t->loop.sp && (same_object(&t->loop, id) || is_expected(&t->loop, id))) /* it was never seen in its wait */
		t->loop = *id;
	if (known && s && (s->traits & LS_TRAIT_EXECUTOR) && id->fd == t->loop.fd && id->object == t->loop.object)
		t->loop.sp = id->sp;
	if (known && (is_own_object(t, s, id, now) || is_own_set(t, s, id, task))) {
		learn_own(t, id);
		return true;
	}
	if (known && t->phase != PHASE_STARTING && is_handlers(t, s, id, task, now, instant))
		return false;
	if (t->seeded_at && !t->slot && id->sp > t->loop.sp)
		busy_since_attach(t, task, now);
	begin_anew(t, s, id, task);
	adopt(t, id);
	t->threaded = has_threads(task);
	return true;
}

#endif
