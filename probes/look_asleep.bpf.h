/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks at sleeps: the loop's own in its wait, once; those inside iterations; those that go on already. */
#ifndef LOOPSTALL_LOOK_ASLEEP_BPF_H
#define LOOPSTALL_LOOK_ASLEEP_BPF_H

#include "look_step.bpf.h"

/* The loop's own wait, once for each loop: there it stands, and what is inside it was dispatched. */
static __always_inline void look_at_wait(struct thread *t, struct task_struct *task)
{
	struct ls_slot *s;
	struct ls_look *l;

	if (t->phase != PHASE_WAITING || !t->slot)
		return;
	s = slot_of(t);
	if (!s || s->traits & LS_TRAIT_WAIT_SEEN)
		return;
	l = look_of(t);
	if (!l || regs_sp((struct pt_regs *)bpf_task_pt_regs(task)) != t->loop.sp)
		return;
	s->traits |= LS_TRAIT_WAIT_SEEN;
	take_look(l, t, s, task, LS_SAMPLE_LOOP_WAIT, bpf_ktime_get_ns());
	tell(l);
}

static __always_inline void flag_sleep(struct ls_record_sample *r, struct task_struct *task, u32 state, struct pt_regs *regs)
{
	if (state & (TASK_STOPPED | TASK_TRACED) || is_frozen(task, state))
		r->flags |= LS_SAMPLE_STOPPED;
	else if (regs_syscall(regs) < 0)
		r->flags |= LS_SAMPLE_PAGE_FAULT;
}

/* ---- waits for the GIL ---- */

/*
 * A wait for the GIL that lasts comes again: after the switch interval the thread asks for the GIL and sleeps anew. So in
 * a young iteration nobody needs a look at one, of which a loop that fights for the GIL has hundreds a second, each
 * with two walks of Python frames. Their time is kept apart, see thread.gil_ns.
 */
static __always_inline bool comes_again(struct ls_look *l, struct thread *t, struct task_struct *task, u64 now)
{
	struct ls_python *py = python_of(task);
	u64 latest = evidence_after_ns / 4 * 3, age = now - t->since, gil, us = 0;

	if (!py || age >= FIRST_LOOK + l->patience)
		return false;
	gil = gil_waited_for(py, task, python_thread_state(py, task, (struct python_thread *)l->python));
	if (!gil || !python_u64(gil + __builtin_offsetof(struct python_gil, interval), &us))
		return false;
	return us <= latest / 1000 && age + us * 1000 <= latest;
}

/* Whose handler is asked for: its own frames tell that. */
static __always_inline void look_at_gil_wait(struct ls_look *l, struct thread *t, struct ls_slot *s,
					     struct task_struct *task, u64 now)
{
	l->asleep = wanted_step(t) && may_take(&l->light_free_at, now);
	if (!l->asleep)
		return;
	take_outline(l, t, s, (struct pt_regs *)bpf_task_pt_regs(task), LS_SAMPLE_SLEEP, now);
	l->sample.flags = LS_SAMPLE_LIGHT;
	take_own_python(l, task);
}

/* It has ended. */
static __always_inline void add_gil_wait(struct ls_look *l, struct thread *t)
{
	t->gil_ns += t->slept_ns;
	l->gil_wait = 0;
	if (!l->asleep)
		return;
	l->asleep = 0;
	l->sample.length_ns = t->slept_ns;
	if (t->slept_ns >= STEP_LOOK_NS)
		tell(l);
}

/* ---- sleeps ---- */

static __always_inline void look_asleep(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct ls_look *l = look_of(t);

	if (!l)
		return;
	look_at_iteration(l, t, s);
	l->gil_wait = comes_again(l, t, task, now);
	if (l->gil_wait) {
		look_at_gil_wait(l, t, s, task, now);
		return;
	}
	l->asleep = may_look(l, now);
	if (!l->asleep)
		return;
	take_look(l, t, s, task, LS_SAMPLE_SLEEP, now);
	flag_sleep(&l->sample, task, task_state(task), regs);
	l->fd = wait_descriptor(regs);
	if (regs_syscall(regs) == NR_CONNECT) /* needs memory that is not at hand later */
		read_slept_on(&l->sample.object, task, regs);
}

/*
 * At the wakeup, or at the switch-in if that was hidden. The syscall has not returned: its descriptor is still what it was,
 * and the kernel's stack is whole.
 */
static __always_inline void look_awake(struct thread *t, struct task_struct *task)
{
	struct ls_look *l = look_of(t);
	struct ls_record_sample *r;

	if (!l)
		return;
	if (l->gil_wait) {
		add_gil_wait(l, t);
		return;
	}
	l->sleeping_ns += t->slept_ns;
	if (!l->asleep || l->sleeping_ns < sleep_limit_ns)
		return;
	r = &l->sample;
	r->length_ns = t->slept_ns;
	r->weight_ns = l->sleeping_ns;
	l->sleeping_ns = 0;
	if (r->flags & LS_SAMPLE_GIL) {
		r->weight_ns += t->gil_ns;
		t->gil_ns = 0;
	}
	l->asleep = 0;
	if (r->object.kind == LS_OBJECT_NONE && l->fd >= 0 && !(r->flags & LS_SAMPLE_STOPPED))
		read_object_of(&r->object, task, l->fd);
	take_kernel_stack(r, task);
	tell(l);
}

/*
 * A hypervisor's thread may hide both the wakeup and the switch-in. The sleep was inside the iteration that has just ended,
 * and took what was left of it. Where in the kernel it was is gone.
 */
static __always_inline void look_late(struct thread *t)
{
	struct ls_slot *s = slot_of(t);
	struct ls_look *l = look_of(t);

	if (!s || !l || !l->asleep || l->iteration != s->iterations)
		return;
	l->asleep = 0;
	l->sample.length_ns = l->sample.weight_ns = t->unseen_ns;
	tell(l);
}

/* ---- asked by user space: a look at a thread that sleeps since before loopstall attached, or since the budget ran out ---- */

struct ls_sleeper sleeper = {};

static __always_inline void look_at_sleeper(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct ls_slot *s = t ? slot_of(t) : NULL;
	struct ls_look *l = t ? look_of(t) : NULL;
	u32 state = task_state(task);
	struct ls_record_sample *r;

	if (!s || !l || !state || t->phase != PHASE_BUSY || t->off != LS_OFF_BLOCKED)
		return;
	r = &l->sample;
	if (l->asleep && !(r->flags & LS_SAMPLE_FROM_OUTSIDE))
		return;
	look_at_iteration(l, t, s);
	take_outline(l, t, s, regs, LS_SAMPLE_SLEEP, t->off_since);
	r->flags = LS_SAMPLE_FROM_OUTSIDE;
	flag_sleep(r, task, state, regs);
	r->thread_pointer = thread_pointer(task);
	r->switches = task->nvcsw + task->nivcsw;
	l->fd = takes_descriptor(regs_syscall(regs)) ? (s32)regs_arg0(regs) : sleeper.fd;
	read_object_of(&r->object, task, r->flags & LS_SAMPLE_STOPPED ? -1 : l->fd);
	take_kernel_stack(r, task);
	l->asleep = 1;
	l->gil_wait = 0;
}

SEC("iter/task") int look_from_outside(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && sleeper.tid && pid_seen_by_us(task) == sleeper.tid)
		look_at_sleeper(task);
	return 0;
}

#endif
