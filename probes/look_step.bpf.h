/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks at task steps, for their handlers; and whether a step that the probes see open has ended. */
#ifndef LOOPSTALL_LOOK_STEP_BPF_H
#define LOOPSTALL_LOOK_STEP_BPF_H

#include "look.bpf.h"

/*
 * Steps whose handler is asked for are looked at as well, when they are short and their iteration is young; the looks at
 * stalls go on as if these were not there. First at this age of a step, then ever rarer.
 */
#define STEP_LOOK_NS 300000
#define LONG_STEPS_NS 1000000000ULL /* for so long after a long step others are expected */

static __always_inline struct ls_task_stat *wanted_step(struct thread *t)
{
	u32 stat = t->step_stat - 1;
	struct ls_task_stat *s = t->step_stat ? bpf_map_lookup_elem(&task_stats, &stat) : NULL;

	return s && s->handlers != LS_HANDLERS_NOT_WANTED ? s : NULL;
}

static __always_inline bool steps_are_looked_at(struct thread *t, u64 now)
{
	if (!t || !t->step.number)
		return false;
	return (t->step.long_at && now - t->step.long_at < LONG_STEPS_NS) || wanted_step(t);
}

static __always_inline bool step_wants_look(struct ls_look *l, struct thread *t, u64 now)
{
	u64 age = now - t->step.since, least = age / 4;
	u64 looked = l->cpu_look_at > l->light_look_at ? l->cpu_look_at : l->light_look_at;

	if (!wanted_step(t) || age < STEP_LOOK_NS)
		return false;
	return looked < t->step.since || now - looked >= (least > STEP_LOOK_NS ? least : STEP_LOOK_NS);
}

/* Frames without stacks, and without weight: what the step took is measured. */
static __always_inline void look_at_step(struct ls_look *l, struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (!step_wants_look(l, t, now) || !may_take(&l->light_free_at, now))
		return;
	l->light_look_at = now;
	look_at_iteration(l, t, s);
	take_outline(l, t, s, regs, LS_SAMPLE_CPU, now);
	l->sample.flags = LS_SAMPLE_LIGHT;
	l->asleep = 0;
	take_own_python(l, task);
	tell(l);
}

/*
 * A step's probes see it open until the next one begins or the loop waits. In between the interpreter may make the thread
 * hand over the GIL, or another thread gets its CPU, and what comes then is no part of it: it has ended if the frame that
 * calls Handle._run is met before Handle._run's own. Only the innermost frames are looked at: deep inside there is a step
 * going on.
 */
#define STEP_FRAMES 6

struct step_walk {
	const struct ls_python *py;
	struct python_thread *t;
	const struct step *step;
	u32 ended;
};

static long step_frame(u32 i, void *context)
{
	struct step_walk *w = context;
	const struct ls_python *py = w->py;
	u64 at = w->t->at, code;

	if (!at || !python_read(at + py->frame_begin, w->t->frame, py->frame_bytes & (LS_PYTHON_FRAME_BLOCK - 1)))
		return 1;
	w->t->at = python_in_frame(u64, w->t, py->frame_previous);
	code = python_in_frame(u64, w->t, py->frame_code) & ~7ULL;
	w->ended = at == w->step->loop_frame && code == w->step->loop_code;
	return w->ended || code == w->step->handle_code;
}

static __noinline u32 left_handle(const struct ls_python *py, struct python_thread *pt, struct step *step, u64 tstate)
{
	struct step_walk w = {.py = py, .t = pt, .step = step};

	if (!py || !pt || !step)
		return 0;
	pt->at = python_first_frame(py, tstate);
	bpf_loop(STEP_FRAMES, step_frame, &w, 0);
	return w.ended;
}

static __always_inline bool step_has_ended(struct thread *t, struct task_struct *task, bool runnable)
{
	u64 tstate;
	struct python_thread *pt;
	struct ls_python *py;
	struct ls_look *l;

	if (!t->step.loop_frame)
		return false;
	py = python_of(task);
	l = look_of(t);
	if (!py || !l)
		return false;
	pt = (struct python_thread *)l->python;
	tstate = python_thread_state(py, task, pt);
	return tstate && (runnable || gil_waited_for(py, task, tstate)) && left_handle(py, pt, &t->step, tstate);
}

#endif
