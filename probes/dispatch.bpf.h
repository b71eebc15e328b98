/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which calls of Context.run are steps, and the beginning of a step. */
#ifndef LOOPSTALL_DISPATCH_BPF_H
#define LOOPSTALL_DISPATCH_BPF_H

#include "identity.bpf.h"

struct ls_task_key {
	u64 ident;
	u32 owner;
	u32 kind;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct ls_task_key);
	__type(value, u32);
} task_keys SEC(".maps");

/* What was looked up lately in task_keys, by slot: an array costs a tenth of a hash. */
#define MEMOS 16

struct memo {
	struct ls_task_key key;
	u64 stat;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LS_MAX_LOOPS * MEMOS);
	__type(key, u32);
	__type(value, struct memo);
} task_memos SEC(".maps");

__u32 stats_used = LS_MAX_LOOPS; /* of task_stats; more than there are: some were refused */
__u32 owners = 0;

struct probe {
	u64 now;
	struct ls_task_plan *plan;
	struct thread *t;
	struct task_struct *task;
	u64 sp, context;
	u32 index;   /* of the plan */
	u32 entered; /* by PyContext_Enter */
};

/* ---- the frames around a step ---- */

static __always_inline bool read_frame(const struct ls_python *py, u64 frame, u64 *code, u64 *caller)
{
	if (!frame || !python_u64(frame + py->frame_begin + py->frame_code, code) ||
	    !python_u64(frame + py->frame_begin + py->frame_previous, caller))
		return false;
	*code &= ~CODE_TAG;
	return true;
}

/*
 * The frame that calls Handle._run, its code and Handle._run's. From 3.11 on as a rule the same in each iteration, so it is not
 * learnt in each; that it is still there is told where it is used, in step_has_ended(). Before, loops in several threads take
 * turns with the one frame that a code object keeps for its next call.
 */
#define LEARN_FRAMES_EACH 64

static __always_inline bool frames_are_due(const struct ls_task_plan *plan, const struct step *s)
{
	return plan->frames_move || !(s->iterations % LEARN_FRAMES_EACH);
}

static __noinline int learn_frames(struct step *s, struct task_struct *task, u32 tgid)
{
	struct ls_python *py = bpf_map_lookup_elem(&pythons, &tgid);
	u64 tstate, frame = 0, caller = 0;

	if (!s || !task)
		return 0;
	s->loop_frame = 0;
	tstate = py ? python_cached_state(py, task, &s->tstate, &s->tstate_missed) : 0;
	if (!tstate || !read_frame(py, python_first_frame(py, tstate), &s->handle_code, &frame) ||
	    !read_frame(py, frame, &s->loop_code, &caller))
		return 0;
	s->loop_frame = frame;
	return 0;
}

/* ---- which calls ---- */

/*
 * People run Context.run as well, inside a handler (lower on the stack) or around a whole loop (higher). A loop's own calls
 * all have the stack pointer of the first in an iteration: between the loop's wait and its first handler runs no user code
 * but a signal's, which is lower. Should what was learnt be wrong all the same, the same lower one comes again.
 */
#define LOW_REPEATS 3

static __always_inline bool low_again(struct step *s, u64 sp)
{
	if (s->low_sp != sp) {
		s->low_sp = sp;
		s->low_seen = 0;
	}
	return ++s->low_seen >= LOW_REPEATS;
}

static __always_inline bool is_first_handle(struct probe *p, struct step *s)
{
	u64 iteration = p->t->since;

	if (s->iteration == iteration || iteration < p->plan->opened_at)
		return false;
	s->iteration = iteration;
	if (p->sp < s->sp && !low_again(s, p->sp))
		return false;
	s->sp = p->sp;
	s->iterations = 0;
	return true;
}

static __always_inline bool is_handle(struct probe *p)
{
	struct step *s = &p->t->step;

	if (p->sp == s->sp && s->iteration == p->t->since)
		return true;
	if (p->sp == s->sp) {
		s->iteration = p->t->since;
		s->low_seen = 0;
	} else if (!is_first_handle(p, s)) {
		return false;
	}
	if (frames_are_due(p->plan, s))
		learn_frames(s, p->task, p->plan->tgid);
	s->iterations++;
	return true;
}

#define CONTEXT_ENTERED 40 /* PyContext.ctx_entered, 3.8 to 3.15 */

static __always_inline bool has_left(u64 context)
{
	u32 entered = 1;

	return python_read(context + CONTEXT_ENTERED, &entered, sizeof(entered)) && !entered;
}

/*
 * uvloop calls protocols by Context.run, from libuv's own frames. Such a step has no end of its own: what begins no lower on
 * the stack ends it, or after its context was left.
 */
static __always_inline bool has_ended(const struct step *s, u64 sp)
{
	return !s->entered && (sp >= s->open_sp || has_left(s->context));
}

/* In a step that has not ended it is nested. */
static __always_inline bool is_protocol_call(struct probe *p)
{
	struct step *s = &p->t->step;

	if (p->t->since < p->plan->opened_at)
		return false;
	return !p->t->step_stat || has_ended(s, p->sp);
}

/* ---- whose step ---- */

static __always_inline void task_record(struct probe *p, const struct who *who, u32 stat)
{
	struct ls_record_task *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		lose(LS_LOSS_TASKS);
		return;
	}
	fill_head(&r->head, LS_RECORD_TASK, sizeof(*r), p->now, p->t->slot - 1, p->plan->tgid);
	r->stat = stat;
	r->kind = who->kind;
	r->ident = who->ident;
	r->qualname = r->class_type = 0;
	if (who->qualname_at)
		python_u64(who->qualname_at, &r->qualname);
	if (who->bound_to)
		python_u64(who->bound_to + 8, &r->class_type);
	r->handle = who->handle;
	r->timer = who->timer;
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
}

static __always_inline void fill_stat(struct probe *p, const struct who *who, u32 stat)
{
	struct ls_task_stat *s = bpf_map_lookup_elem(&task_stats, &stat);

	if (!s)
		return;
	s->ident = who->ident;
	s->owner = p->t->step.owner;
	s->slot = p->t->slot - 1;
	s->kind = who->kind;
}

/* A stat for what is seen first; that of all others together when there is no more room. */
static __noinline u32 new_stat(struct probe *p, const struct who *who, const struct ls_task_key *key)
{
	u32 stat;

	if (!p || !who || !key)
		return 0;
	if (stats_used < LS_MAX_TASKS) {
		stat = __sync_fetch_and_add(&stats_used, 1);
		if (stat < LS_MAX_TASKS && !bpf_map_update_elem(&task_keys, key, &stat, BPF_NOEXIST)) {
			fill_stat(p, who, stat);
			task_record(p, who, stat);
			return stat;
		}
	}
	lose(LS_LOSS_TASKS);
	return p->t->slot - 1;
}

/* Not one of those that were seen last. */
static __noinline u32 look_up_stat(struct probe *p, struct who *who, struct ls_task_key *key)
{
	struct python_block b = {};
	u32 *stat;

	if (!p || !who || !key)
		return 0;
	stat = bpf_map_lookup_elem(&task_keys, key);
	if (!stat && learn(p->plan, who)) {
		who->qualname_at = who->bound_to = 0;
		identify_callable(p->plan, &b, who);
		key->ident = who->ident;
		key->kind = who->kind;
		stat = bpf_map_lookup_elem(&task_keys, key);
	}
	return stat ? *stat : new_stat(p, who, key);
}

static __always_inline u32 memo_index(const struct thread *t, u64 ident)
{
	return (t->slot - 1) * MEMOS + (ident >> 4 ^ ident >> 8) % MEMOS;
}

static __always_inline u32 stat_of(struct probe *p, struct who *who)
{
	struct ls_task_key key = {who->ident, p->t->step.owner, who->kind};
	u32 index = memo_index(p->t, key.ident);
	struct memo *m = bpf_map_lookup_elem(&task_memos, &index);

	if (!m)
		return look_up_stat(p, who, &key);
	if (m->key.ident == key.ident && m->key.owner == key.owner && m->key.kind == key.kind)
		return m->stat;
	m->stat = look_up_stat(p, who, &key);
	m->key = key;
	return m->stat;
}

/* ---- its end and the next one's beginning ---- */

static __always_inline void close_step(struct thread *t, struct task_struct *task, const struct ls_task_plan *plan, u64 now)
{
	if (t->noted >= NOTED_STEPS)
		book_notes(t);
	if (!note_step(t, task, plan->generation, now))
		end_step(t, task, now);
}

/* What the split of a step is the difference to, should the thread leave its CPU in it. */
static __noinline int read_clocks(struct thread *t, struct task_struct *task)
{
	struct step *s;

	if (!t || !task)
		return 0;
	s = &t->step;
	s->clocks_in = t->since;
	s->sleeps_start = t->sleeps;
	s->blocked_start = t->blocked_ns;
	s->unwoken_start = t->unwoken_ns;
	s->nvcsw_start = task->nvcsw;
	s->switches = task->nvcsw + task->nivcsw;
	s->delay_start = has_run_delay(task) ? run_delay(task) : t->runqueue_ns;
	s->cpu_known = t->clock_known;
	s->clocks_at = bpf_ktime_get_ns();
	s->cpu_start = cpu_clock(task, t, s->clocks_at);
	return 0;
}

/* The start is read last, so that no step has our own time in it. */
static __always_inline void open_step(struct thread *t, struct task_struct *task, const struct ls_task_plan *plan, u32 stat)
{
	struct step *s = &t->step;

	s->number++;
	s->generation = plan->generation;
	if (s->clocks_in != t->since || s->switches != task->nvcsw + task->nivcsw)
		read_clocks(t, task);
	s->since = bpf_ktime_get_ns();
	queue_step_begins(t, s->since);
	t->step_stat = stat + 1;
}

static __always_inline void begin_step(struct probe *p, struct who *who)
{
	struct step *s = &p->t->step;

	if (!s->owner)
		s->owner = __sync_add_and_fetch(&owners, 1);
	s->plan = p->index;
	s->context = p->context;
	s->open_sp = p->sp;
	s->entered = p->entered;
	open_step(p->t, p->task, p->plan, stat_of(p, who));
}

/* args: of a vectorcall. */
static __always_inline void begin_call(struct probe *p, u64 args)
{
	struct python_block b = {};
	struct who who = {};

	if (python_u64(args, &who.callable))
		identify_callable(p->plan, &b, &who);
	else
		unreadable(&who);
	begin_step(p, &who);
}

#endif
