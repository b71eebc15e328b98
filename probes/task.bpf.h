/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of a task step: booked to its stat, or discarded. Every object that may see a step end includes this; only
 * tasks.bpf.c begins steps.
 */
#ifndef LOOPSTALL_TASK_BPF_H
#define LOOPSTALL_TASK_BPF_H

#include "iteration.bpf.h"
#include "task.h"

/* ---- maps; where tasks are not wanted user space makes them small ---- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_TASKS);
	__type(key, u32);
	__type(value, struct ls_task_stat);
} task_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LS_MAX_TASK_BUCKETS);
	__type(key, struct ls_task_bucket_key);
	__type(value, struct ls_bucket);
} task_buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_TASK_PLANS);
	__type(key, u32);
	__type(value, struct ls_task_plan);
} task_plans SEC(".maps");

static __always_inline bool has_steps(const struct thread *t)
{
	return t->step_stat || t->noted;
}

static __always_inline struct ls_task_plan *step_plan(const struct step *p)
{
	u32 index = p->plan;

	return bpf_map_lookup_elem(&task_plans, &index);
}

/* As split_of() for an iteration. Most steps see no context switch, and then all of it is CPU time. */
static __always_inline void split_step(struct ls_split *split, struct thread *t, struct task_struct *task, u64 now, u64 hold)
{
	const struct step *p = &t->step;
	s64 slept = (s64)(t->sleeps - p->sleeps_start); /* below 0: one that began before it had no end */
	bool unseen = (s64)(task->nvcsw - p->nvcsw_start) > slept, clock = p->cpu_known;
	u64 known;

	if (task->nvcsw + task->nivcsw == p->switches) {
		split->cpu_ns = hold;
		return;
	}
	split->runqueue_ns = has_run_delay(task) ? run_delay(task) - p->delay_start : t->runqueue_ns - p->delay_start;
	if (split->runqueue_ns > hold)
		split->runqueue_ns = hold;
	if (clock && !cpu_since(p->cpu_start + (p->since - p->clocks_at), t, task, now, hold, &split->cpu_ns))
		split->cpu_ns = clock = 0;
	split->blocked_ns = blocked_once(t->blocked_ns - p->blocked_start, t->unwoken_ns - p->unwoken_start, slept < 0 ? 0 : slept,
					 split, hold);
	known = split->cpu_ns + split->blocked_ns + split->runqueue_ns;
	if ((clock && !unseen) || known >= hold)
		return;
	if (unseen)
		split->blocked_ns += hold - known;
	else
		split->cpu_ns += hold - known;
}

static __always_inline void count_hold(u32 stat, u64 hold)
{
	const struct ls_task_bucket_key key = {stat, ls_bucket(hold) & ~1U};
	const struct ls_bucket first = {1, hold};
	struct ls_bucket *b = bpf_map_lookup_elem(&task_buckets, &key);

	if (b) {
		b->count++;
		b->sum += hold;
	} else if (bpf_map_update_elem(&task_buckets, &key, &first, BPF_NOEXIST)) {
		lose(LS_LOSS_TASK_BUCKETS);
	}
}

static __always_inline void count_step(struct ls_task_stat *s, const struct ls_split *split,
				       const struct ls_delayed *delayed, u64 hold)
{
	s->hold_ns += hold;
	s->cpu_ns += split->cpu_ns;
	s->blocked_ns += split->blocked_ns;
	s->runqueue_ns += split->runqueue_ns;
	s->stalls += hold >= threshold_ns;
	s->delayed_ns += delayed->total_ns;
	if (hold >= LS_DELAYED_NS)
		s->delayed_sockets += delayed->sockets;
	if (delayed->max_ns > s->delayed_max_ns)
		s->delayed_max_ns = delayed->max_ns;
	if (hold > s->max_ns)
		s->max_ns = hold;
	if (hold < s->min_ns || !s->min_ns)
		s->min_ns = hold ? hold : 1;
	s->steps++;
}

static __always_inline void step_record(struct thread *t, struct task_struct *task, u32 stat, const struct ls_split *split,
					const struct ls_delayed *delayed, u64 now, u64 hold)
{
	struct ls_record_step *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	t->step.long_at = now;
	if (!r) {
		lose(LS_LOSS_STEP_RECORDS);
		return;
	}
	fill_head(&r->head, LS_RECORD_STEP, sizeof(*r), now, t->slot - 1, tgid_seen_by_us(task));
	r->step = t->step.number;
	r->stat = stat;
	r->pad = 0;
	r->hold_ns = hold;
	r->cpu_ns = split->cpu_ns;
	r->blocked_ns = split->blocked_ns;
	r->runqueue_ns = split->runqueue_ns;
	r->delayed = *delayed;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/*
 * Most steps are short and see no context switch: their probes only note them. Booked they are all together, with warm caches:
 * when there is no room for more notes, and at the thread's next wait at the latest.
 */
static __always_inline bool note_step(struct thread *t, struct task_struct *task, u64 generation, u64 now)
{
	u64 hold = now - t->step.since;
	u32 at = t->noted;

	if (queue_delay || hold >= LS_LONG_STEP_NS || hold >= threshold_ns || at >= NOTED_STEPS ||
	    task->nvcsw + task->nivcsw != t->step.switches || t->step.generation != generation)
		return false;
	t->notes[at].stat = t->step_stat - 1;
	t->notes[at].hold_ns = (u32)hold;
	t->noted = at + 1;
	t->step_stat = 0;
	return true;
}

static __always_inline void count_hits(struct ls_task_plan *plan, u32 hits)
{
	u32 program = LS_PROG_TASK;
	struct ls_cost *c = bpf_map_lookup_elem(&costs, &program);

	if (c)
		c->hits += hits;
	if (plan)
		__sync_fetch_and_add(&plan->hits, hits);
}

/* These two are global: the verifier looks at each once. */
__noinline int book_note(u32 stat, u32 hold)
{
	const struct ls_delayed delayed = {};
	const struct ls_split split = {.cpu_ns = hold};
	struct ls_task_stat *s = bpf_map_lookup_elem(&task_stats, &stat);

	if (!s)
		return 0;
	count_step(s, &split, &delayed, hold);
	count_hold(stat, hold);
	return 0;
}

__noinline int book_notes(struct thread *t)
{
	u32 i;

	if (!t)
		return 0;
	for (i = 0; i < NOTED_STEPS && i < t->noted; i++)
		book_note(t->notes[i].stat, t->notes[i].hold_ns);
	t->noted = 0;
	count_hits(step_plan(&t->step), t->step.hits);
	t->step.hits = 0;
	return 0;
}

/* Its window is still open: nobody has taken the probes out meanwhile, so nothing was missed since it began. */
static __always_inline bool in_window(const struct step *p)
{
	const struct ls_task_plan *plan = step_plan(p);

	return plan && plan->generation == p->generation;
}

static __always_inline void discard_step(struct thread *t)
{
	t->step_stat = 0;
	lose(LS_LOSS_STEPS);
}

/* Call it only if a step is open. task is current or prev. */
static __noinline int end_step(struct thread *t, struct task_struct *task, u64 now)
{
	struct ls_delayed delayed = {};
	struct ls_split split = {};
	struct ls_task_stat *s;
	u32 stat;
	u64 hold;

	if (!t || !task)
		return 0;
	stat = t->step_stat - 1;
	s = bpf_map_lookup_elem(&task_stats, &stat);
	if (!s || !in_window(&t->step) || now < t->step.since) {
		discard_step(t);
		return 0;
	}
	t->step_stat = 0;
	hold = now - t->step.since;
	split_step(&split, t, task, now, hold);
	queue_step_ends(t, now, &delayed);
	count_step(s, &split, &delayed, hold);
	count_hold(stat, hold);
	if (s->handlers != LS_HANDLERS_NOT_WANTED && hold >= LS_LONG_STEP_NS)
		step_record(t, task, stat, &split, &delayed, now, hold);
	return 0;
}

/* Call it only if has_steps(): whoever ends iterations has no more to pay than that test. */
static __always_inline void end_steps(struct thread *t, struct task_struct *task, u64 now)
{
	book_notes(t);
	if (t->step_stat)
		end_step(t, task, now);
}

/* The open one has no end. */
static __always_inline void leave_steps(struct thread *t)
{
	if (has_steps(t))
		book_notes(t);
	if (t->step_stat)
		discard_step(t);
}

#endif
