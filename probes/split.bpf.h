/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The split of busy time: blocked and run-queue delay from the scheduler's own events, CPU from its clock, user
 * against kernel from clock samples. Loaded after the boundaries, on their maps.
 *
 * Two objects are made of it: split.bpf.c, and evidence.bpf.c with the looks of look*.bpf.h at what goes on. Whoever
 * includes this defines look_at_wait(), look_asleep(), look_awake(), look_late(), look_running(), step_has_ended() and
 * steps_are_looked_at().
 */
#ifndef LOOPSTALL_SPLIT_BPF_H
#define LOOPSTALL_SPLIT_BPF_H

#include "clock_sample.h"
#include "iteration.bpf.h"
#include "task.bpf.h"
#include "wait.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- off the CPU and back ---- */

static __always_inline void publish(struct thread *t, struct ls_slot *s)
{
	if (!s)
		return;
	s->open_blocked = t->blocked_ns;
	s->open_runqueue = t->runqueue_ns;
	s->off_since = t->off_since;
	s->off = t->off;
}

static __always_inline void go_off(struct thread *t, u32 how, u64 now)
{
	t->off = how;
	t->off_since = now;
}

/* Books the time since off_since to what the thread did meanwhile. */
static __always_inline void book_off(struct thread *t, u64 now)
{
	if (t->off == LS_OFF_RUNQUEUE)
		t->runqueue_ns += now - t->off_since;
	else if (t->off == LS_OFF_BLOCKED)
		t->blocked_ns += t->slept_ns = now - t->off_since;
}

/* Asleep up to its switch-in: hypervisors' own threads hide the wakeups that they make. split_of() corrects for it. */
static __always_inline void note_unwoken(struct thread *t, u64 now)
{
	if (t->off == LS_OFF_BLOCKED)
		t->unwoken_ns += now - t->off_since;
}

/* The iteration may end here: the loop's epoll is closed, or an executor's worker parks. */
static __always_inline bool iteration_ends(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs;

	if (loop_is_gone(t, task)) {
		discard_iteration(t, s);
		t->phase = PHASE_PARKED;
		return true;
	}
	if (!s || !(s->traits & LS_TRAIT_EXECUTOR))
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (regs_syscall(regs) != NR_FUTEX)
		return false;
	if (has_steps(t))
		end_steps(t, task, now);
	add_iteration(t, s, task, now);
	t->phase = PHASE_PARKED;
	return true;
}

static __always_inline void switch_out(struct task_struct *task, bool runnable)
{
	struct thread *t = thread_of(task);
	struct ls_slot *s;
	u64 now;

	if (!t)
		return;
	if (t->unseen_ns) {
		look_late(t);
		t->unseen_ns = 0;
	}
	if (t->phase != PHASE_BUSY) {
		if (!runnable && t->phase == PHASE_WAITING)
			queue_loop_sleeps(t, task);
		look_at_wait(t, task);
		return;
	}
	now = bpf_ktime_get_ns();
	s = slot_of(t);
	if (!runnable && iteration_ends(t, s, task, now))
		return;
	if (t->off == LS_OFF_BLOCKED) /* that sleep's end was not seen: split_of() tells by its not being counted */
		t->sleeps--;
	t->sleeps += !runnable;
	if (t->step_stat && step_has_ended(t, task, runnable))
		end_step(t, task, now);
	go_off(t, runnable ? LS_OFF_RUNQUEUE : LS_OFF_BLOCKED, now);
	publish(t, s);
	if (!runnable && s)
		look_asleep(t, s, task, now);
}

/* ---- clock samples ---- */

/*
 * A timer per loop thread, on the CPU that the thread runs on. It is armed when the thread gets a CPU and re-arms itself
 * while an iteration is open or the thread runs: now and then while iterations are short, often once one grows old.
 * Random intervals, so that no rhythm of the target's is in step with it.
 *
 * Arming under the run-queue lock is safe: the order run-queue lock, then hrtimer base lock is the scheduler's own
 * (hrtick_start in kernel/sched/core.c), timers are initialised beforehand because that allocates, and nothing under
 * the base lock takes a run-queue lock.
 */
const volatile __u64 coarse_ns = LS_COARSE_NS;

struct watch {
	struct bpf_timer timer;
	u64 coarse_at; /* when the next one is due that counts for the loop as a whole */
	u32 cpu;       /* index + 1 where it is armed; 0: it sleeps */
	u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct watch);
} watches SEC(".maps");

static __always_inline u64 random_below(u64 limit)
{
	return (u64)bpf_get_prandom_u32() * limit >> 32;
}

static __always_inline u64 about(u64 step)
{
	return step / 2 + random_below(step);
}

/*
 * Before the iteration is coarse_ns old, so that looks at one that grows old begin in time. As such samples depend on its age,
 * those that count for the loop as a whole have moments of their own, which do not.
 */
static __always_inline u64 young_sample(struct watch *w, u64 age, u64 now)
{
	u64 latest = coarse_ns - age - random_below(coarse_ns / 4);

	return w->coarse_at > now && w->coarse_at - now < latest ? w->coarse_at - now : latest;
}

static __always_inline u64 next_sample(struct watch *w, u64 age, u64 now)
{
	if (age < coarse_ns / 2)
		return young_sample(w, age, now);
	return about(age < LS_OLD_NS ? coarse_ns : age < LS_LONG_NS ? LS_FINE_NS : LS_SLOW_NS);
}

/* Asleep in an old iteration it ticks on, slowly: a hypervisor's thread may hide the switch-in. */
static __always_inline u64 age_of(struct ls_slot *s, u64 since, u64 now)
{
	u64 age = since ? now - since : 0;

	return age >= LS_OLD_NS && s->off == LS_OFF_BLOCKED ? 0 : age;
}

/* Task steps of 1 ms and more are looked at, most of them. */
#define STEP_SAMPLE_NS 750000

static __always_inline void sample(struct ls_slot *s, struct watch *w, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	bool kernel = regs_syscall(regs) >= 0;
	bool coarse = now >= w->coarse_at;

	if (coarse)
		w->coarse_at = now + about(coarse_ns + coarse_ns / 2);
	if (kernel) {
		s->fine_kernel++;
		s->split.kernel_samples += coarse;
	} else {
		s->fine_user++;
		s->split.user_samples += coarse;
	}
}

static int on_timer(void *map, u32 *index, struct watch *w)
{
	u64 cost = cost_begin(LS_PROG_TIMER), now = bpf_ktime_get_ns(), since, next;
	struct task_struct *task = bpf_get_current_task_btf();
	struct ls_slot *s = bpf_map_lookup_elem(&slots, index);
	bool running;

	if (!s)
		goto out;
	since = s->busy_since;
	running = (u32)task->pid == s->kernel_tid;
	if (!running && !since) { /* idle: the next switch-in arms it, wherever that is */
		w->cpu = 0;
		goto out;
	}
	if (running && since) {
		sample(s, w, task, now);
		look_running(s, *index, task, now);
	}
	if (running)
		w->cpu = bpf_get_smp_processor_id() + 1;
	next = next_sample(w, age_of(s, since, now), now);
	if (next > STEP_SAMPLE_NS && running && steps_are_looked_at(thread_of(task), now))
		next = about(STEP_SAMPLE_NS);
	bpf_timer_start(&w->timer, next, 0);
out:
	cost_end(LS_PROG_TIMER, cost);
	return 0;
}

/* In an old iteration soon: between two sleeps it may run for a moment only. */
static __always_inline void watch(struct thread *t, u64 now)
{
	u64 span = t->phase == PHASE_BUSY && now - t->since >= LS_OLD_NS ? LS_FINE_NS
		   : steps_are_looked_at(t, now)		     ? STEP_SAMPLE_NS
								       : coarse_ns;
	u32 index = t->slot - 1, cpu = bpf_get_smp_processor_id() + 1;
	struct watch *w = t->slot ? bpf_map_lookup_elem(&watches, &index) : NULL;

	if (!w || (w->cpu == cpu && span == coarse_ns))
		return;
	w->cpu = cpu;
	bpf_timer_start(&w->timer, random_below(span), 0);
}

SEC("iter/task") int prepare_timers(struct bpf_iter__task *ctx)
{
	struct watch *w;
	u32 i;

	if (ctx->meta->seq_num)
		return 0;
	for (i = 0; i < LS_MAX_LOOPS; i++) {
		u32 index = i;

		w = bpf_map_lookup_elem(&watches, &index);
		if (!w || bpf_timer_init(&w->timer, &watches, CLOCK_MONOTONIC))
			continue;
		bpf_timer_set_callback(&w->timer, on_timer);
	}
	return 0;
}

static __always_inline void switch_in(struct task_struct *task)
{
	struct thread *t = thread_of(task);
	u64 now;

	if (!t)
		return;
	now = bpf_ktime_get_ns();
	t->clock_skew = (s64)(task->se.exec_start - now);
	t->clock_known = 1;
	if (t->phase == PHASE_BUSY && t->off) {
		note_unwoken(t, now);
		book_off(t, now);
		go_off(t, LS_OFF_NO, 0);
		publish(t, slot_of(t));
		if (t->slept_ns)
			look_awake(t, task);
		t->slept_ns = 0;
	}
	watch(t, now);
}

/* The preempt argument misses involuntary switches at the return to user mode: there the state tells. */
SEC("tp_btf/sched_switch") int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 cost = cost_begin(LS_PROG_SWITCH);

	switch_out(prev, preempt || task_state(prev) == 0);
	switch_in(next);
	cost_end(LS_PROG_SWITCH, cost);
	return 0;
}

SEC("tp_btf/sched_wakeup") int BPF_PROG(on_wakeup, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_WAKEUP), now;
	struct thread *t = thread_of(task);

	if (t && t->phase == PHASE_BUSY && t->off == LS_OFF_BLOCKED) {
		now = bpf_ktime_get_ns();
		book_off(t, now);
		go_off(t, LS_OFF_RUNQUEUE, now);
		publish(t, slot_of(t));
		look_awake(t, task); /* now, as a hypervisor's thread may hide the switch-in */
		t->slept_ns = 0;
	}
	cost_end(LS_PROG_WAKEUP, cost);
	return 0;
}

#endif
