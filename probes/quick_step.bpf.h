/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * asyncio's and trio's most frequent steps, known ones of tasks, bound methods and builtins, in few instructions and fewer
 * cache lines: in a busy server nothing of ours is in the caches when a step begins. What is not plain here is left to
 * dispatch.bpf.h, and nothing is changed before that is known.
 */
#ifndef LOOPSTALL_QUICK_STEP_BPF_H
#define LOOPSTALL_QUICK_STEP_BPF_H

#include "dispatch.bpf.h"

/*
 * A function's frame of 64 bytes and more is not on the thread's stack from 6.13 on (e00931c02568), and then each copy from
 * user space is checked at length (CONFIG_HARDENED_USERCOPY), which takes as long as the copy. So frames are small here.
 */
static __always_inline u64 quick_coroutine(const struct ls_task_plan *plan, u64 at)
{
	u64 words[3];

	if (!python_read(at + 8, words, sizeof(words)) || words[0] != plan->type_coroutine)
		return 0;
	if (plan->coro_code == 16)
		return words[1];
	return python_u64(at + plan->coro_code, &words[0]) ? words[0] & ~CODE_TAG : 0;
}

static __noinline u64 quick_task(const struct ls_task_plan *plan, u64 task)
{
	u64 at;

	return plan && python_u64(task + plan->task_coro, &at) ? quick_coroutine(plan, at) : 0;
}

static __noinline u64 quick_sent_to(const struct ls_task_plan *plan, u64 coroutine)
{
	return plan ? quick_coroutine(plan, coroutine) : 0;
}

static __noinline u64 quick_function(const struct ls_task_plan *plan, u64 function)
{
	u64 word;

	if (!plan || !python_u64(function + 8, &word) || word != plan->type_function)
		return 0;
	return python_u64(function + plan->func_code, &word) ? word : 0;
}

static __always_inline u64 quick_key(u64 ident, u32 kind)
{
	return ident ? ident | kind : 0;
}

/* The key's ident, and its kind in the bits that are 0 in an address of a code object or PyMethodDef. */
static __noinline u64 quick_ident(const struct ls_task_plan *plan, u64 args)
{
	u64 words[3];

	if (!plan || !python_u64(args, &words[0]) || !python_read(words[0] + 8, words, sizeof(words)))
		return 0;
	if (words[0] == plan->type_task_step)
		return quick_key(quick_task(plan, words[1]), LS_TASK_COROUTINE);
	if (words[0] == plan->type_method)
		return quick_key(quick_function(plan, words[1]), LS_TASK_FUNCTION);
	if (words[0] != plan->type_builtin && words[0] != plan->type_cmethod)
		return 0;
	if (words[1] == plan->method_task_wakeup)
		return quick_key(quick_task(plan, words[2]), LS_TASK_COROUTINE);
	if (words[1] == plan->method_send)
		return quick_key(quick_sent_to(plan, words[2]), LS_TASK_COROUTINE);
	return quick_key(words[1], LS_TASK_BUILTIN);
}

/* Of what was looked up lately; 0: it is not among that. */
static __always_inline u32 quick_stat(struct thread *t, u64 key)
{
	u64 ident = key & ~CODE_TAG;
	u32 index = memo_index(t, ident);
	struct memo *m = bpf_map_lookup_elem(&task_memos, &index);

	if (!key || !m || m->key.ident != ident || m->key.owner != t->step.owner || m->key.kind != (key & CODE_TAG))
		return 0;
	return m->stat + 1;
}

/* A call of a loop's own, see is_handle(), that asks for nothing else: no frames to be learnt, no notes to be booked. */
static __always_inline bool is_plain_call(const struct thread *t, u64 sp, const struct ls_task_plan *plan, u32 index)
{
	const struct step *s = &t->step;

	if (sp != s->sp || index != s->plan || t->noted >= NOTED_STEPS)
		return false;
	return s->iteration == t->since || (!t->step_stat && !frames_are_due(plan, s));
}

static __always_inline void note_iteration(struct thread *t)
{
	struct step *s = &t->step;

	if (s->iteration == t->since)
		return;
	s->iteration = t->since;
	s->low_seen = 0;
	s->iterations++;
}

/* False if nothing was done. */
static __always_inline bool quick_step(struct thread *t, struct task_struct *task, const struct ls_task_plan *plan, u32 index,
				       struct pt_regs *ctx, u64 now)
{
	u32 stat;

	if (queue_delay || plan->uvloop || !is_plain_call(t, regs_sp(ctx), plan, index))
		return false;
	stat = quick_stat(t, quick_ident(plan, call_arg1(ctx)));
	if (!stat || (t->step_stat && !note_step(t, task, plan->generation, now)))
		return false;
	note_iteration(t);
	open_step(t, task, plan, stat - 1);
	return true;
}

#endif
