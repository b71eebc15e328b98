/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks on the CPU, out of the clock sample. */
#ifndef LOOPSTALL_LOOK_RUNNING_BPF_H
#define LOOPSTALL_LOOK_RUNNING_BPF_H

#include "look_step.bpf.h"

/* Ever rarer as the iteration grows older, so that a long one has about a hundred looks. */
static __always_inline u64 next_look(u64 age)
{
	u64 least = evidence_after_ns / 10, step = age / 16;

	if (step < least)
		return least;
	return step < 1000000000 ? step : 1000000000;
}

static __always_inline bool is_due(struct ls_look *l, struct thread *t, struct ls_slot *s, u64 now)
{
	u64 age = now - t->since;

	if (age < FIRST_LOOK)
		return false;
	look_at_iteration(l, t, s);
	if (age < FIRST_LOOK + l->patience)
		return false;
	l->grew_old |= age >= evidence_after_ns / 4 * 3;
	return now - l->cpu_look_at >= next_look(now - t->since) && may_look(l, now);
}

static __always_inline void look_running(struct ls_slot *s, u32 index, struct task_struct *task, u64 now)
{
	struct ls_look *l = bpf_map_lookup_elem(&looks, &index);
	struct thread *t = thread_of(task);
	u64 cpu;

	if (!l || !t || t->phase != PHASE_BUSY)
		return;
	if (!is_due(l, t, s, now)) {
		look_at_step(l, t, s, task, now);
		return;
	}
	cpu = cpu_clock(task, t, now);
	take_look(l, t, s, task, LS_SAMPLE_CPU, now);
	l->sample.weight_ns = cpu - l->cpu_ns;
	l->cpu_ns = cpu;
	l->cpu_look_at = now;
	l->cpu_looks++;
	l->asleep = 0;
	take_kernel_stack(&l->sample, task);
	tell(l);
}

#endif
