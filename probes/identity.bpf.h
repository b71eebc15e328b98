/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose step begins: from the callable to the code object behind it. It runs for every step, so it reads as little of user
 * memory as it can, in blocks; what is told by names is looked at only when an ident is new.
 */
#ifndef LOOPSTALL_IDENTITY_BPF_H
#define LOOPSTALL_IDENTITY_BPF_H

#include "python.bpf.h"
#include "task.bpf.h"

/*
 * The beginning of an object, from its type on. Read in one go for all kinds: smaller objects end in the middle of it, and
 * what comes behind them is there but for the last object of a mapping.
 */
struct python_block {
	u64 type, first, second; /* 8, 16, 24 */
	u64 words[6];            /* 32 to 72 */
};
#define BLOCK_BYTES 48     /* of a callable: with a function's code object */
#define COROUTINE_BYTES 72 /* of a coroutine: with its code object */

/*
 * One block serves from object to object, in the caller's frame: before 6.13 all frames of a program have 512 bytes together.
 * What the last one had in it must not be taken for the next one's.
 */
static __always_inline bool python_block_of(u64 address, struct python_block *b, u32 bytes)
{
	__builtin_memset(b->words, 0, sizeof(b->words));
	return python_read(address + 8, b, bytes) || python_read(address + 8, b, 24);
}

/* A pointer in the object: out of the block where it reached so far, which no pointer of interest being 0 tells. */
static __always_inline bool python_member(u64 address, const struct python_block *b, u32 offset, u64 *value)
{
	*value = offset == 16 ? b->first : offset == 32 ? b->words[0] : offset == 48 ? b->words[2] : offset == 72 ? b->words[5] : 0;
	return *value || python_u64(address + offset, value);
}

struct who {
	u64 ident;
	u32 kind; /* enum ls_task_kind */
	u32 timer;
	/* for a name, when it is new */
	u64 qualname_at; /* where the pointer to it stands */
	u64 bound_to;    /* the object that a method or builtin is bound to */
	u64 handle;
	u64 callable;
};

#define CODE_TAG 7ULL /* tagged references, from 3.14 on */

static __always_inline void unreadable(struct who *who)
{
	who->kind = LS_TASK_UNREADABLE;
	who->ident = 0;
}

/* From a coroutine, or a generator that is one. */
static __always_inline void ident_by_code(const struct ls_task_plan *plan, u64 coroutine, const struct python_block *b,
					  struct who *who)
{
	who->kind = LS_TASK_COROUTINE;
	who->qualname_at = coroutine + plan->coro_qualname;
	if (!python_member(coroutine, b, plan->coro_code, &who->ident))
		return unreadable(who);
	who->ident &= ~CODE_TAG;
}

static __always_inline void ident_of_awaited(const struct ls_task_plan *plan, u64 coroutine, struct python_block *b,
					     struct who *who)
{
	if (!python_block_of(coroutine, b, COROUTINE_BYTES))
		return unreadable(who);
	if (b->type == plan->type_coroutine || b->type == plan->type_generator)
		return ident_by_code(plan, coroutine, b, who);
	if (b->type == plan->type_asend && b->type) {
		if (!python_u64(coroutine + plan->asend_gen, &coroutine) || !python_block_of(coroutine, b, COROUTINE_BYTES))
			return unreadable(who);
		return ident_by_code(plan, coroutine, b, who);
	}
	who->kind = LS_TASK_AWAITED;
	who->ident = b->type;
}

static __always_inline void ident_of_task(const struct ls_task_plan *plan, u64 task, struct python_block *b, struct who *who)
{
	u64 coroutine = 0;

	if (!python_u64(task + plan->task_coro, &coroutine))
		return unreadable(who);
	ident_of_awaited(plan, coroutine, b, who);
}

static __always_inline void ident_of_function(const struct ls_task_plan *plan, u64 function, const struct python_block *b,
					      struct who *who)
{
	who->kind = LS_TASK_FUNCTION;
	who->qualname_at = function + plan->func_qualname;
	if (!python_member(function, b, plan->func_code, &who->ident))
		unreadable(who);
}

/* A bound method of something else than a Python function goes by its type. */
static __always_inline void ident_of_method(const struct ls_task_plan *plan, struct python_block *b, struct who *who)
{
	u64 function = b->first, self = b->second;

	if (!python_block_of(function, b, BLOCK_BYTES))
		return unreadable(who);
	who->bound_to = self;
	if (b->type == plan->type_function)
		return ident_of_function(plan, function, b, who);
	who->kind = LS_TASK_TYPE;
	who->ident = b->type;
}

/* trio steps a task by the send() or throw() that is bound to its coroutine. */
static __always_inline bool steps_coroutine(const struct ls_task_plan *plan, u64 method)
{
	return method && (method == plan->method_send || method == plan->method_throw);
}

static __always_inline void ident_of_builtin(const struct ls_task_plan *plan, struct python_block *b, struct who *who)
{
	if (plan->method_task_wakeup && b->first == plan->method_task_wakeup)
		return ident_of_task(plan, b->second, b, who);
	if (steps_coroutine(plan, b->first))
		return ident_of_awaited(plan, b->second, b, who);
	who->kind = LS_TASK_BUILTIN;
	who->ident = b->first;
	who->bound_to = b->second;
}

static __always_inline void ident_of_block(const struct ls_task_plan *plan, struct python_block *b, struct who *who)
{
	if (b->type == plan->type_function)
		return ident_of_function(plan, who->callable, b, who);
	if (b->type == plan->type_method)
		return ident_of_method(plan, b, who);
	if (b->type == plan->type_builtin || b->type == plan->type_cmethod)
		return ident_of_builtin(plan, b, who);
	if (plan->type_task_wakeup && b->type == plan->type_task_wakeup)
		return ident_of_task(plan, b->first, b, who);
	who->kind = LS_TASK_TYPE;
	who->ident = b->type;
}

#define PARTIALS 3 /* one in the other */

/* b: of the callable, read already. */
__noinline int identify_block(const struct ls_task_plan *plan, struct python_block *b, struct who *who)
{
	u32 i;

	if (!plan || !b || !who)
		return 0;
	for (i = 0; i < PARTIALS && plan->type_partial && b->type == plan->type_partial; i++) {
		who->callable = b->first;
		if (!python_block_of(who->callable, b, BLOCK_BYTES)) {
			unreadable(who);
			return 0;
		}
	}
	ident_of_block(plan, b, who);
	return 0;
}

/* A task's step is what comes most often. */
static __always_inline void identify_callable(const struct ls_task_plan *plan, struct python_block *b, struct who *who)
{
	if (!python_block_of(who->callable, b, BLOCK_BYTES))
		unreadable(who);
	else if (b->type == plan->type_task_step && b->type)
		ident_of_task(plan, b->first, b, who);
	else
		identify_block(plan, b, who);
}

/* ---- told by names ---- */

#define NAME_BYTES 32

static __always_inline bool named(const char *name, const char *wanted, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (name[i] != wanted[i])
			return false;
	return true;
}

#define is_named(name, literal) named(name, literal, sizeof(literal))

static __always_inline bool read_name(char *name, u64 pointer_at)
{
	u64 address = 0;

	return python_u64(pointer_at, &address) &&
	       bpf_probe_read_user_str(name, NAME_BYTES, (void *)address) > 0;
}

#define TYPE_NAME 24 /* PyTypeObject.tp_name */

static __always_inline bool learn_type(struct ls_task_plan *plan, u64 type)
{
	char name[NAME_BYTES] = {};

	if (!read_name(name, type + TYPE_NAME))
		return false;
	if (is_named(name, "TaskStepMethWrapper") || is_named(name, "_asyncio.TaskStepMethWrapper"))
		plan->type_task_step = type;
	else if (is_named(name, "TaskWakeupMethWrapper"))
		plan->type_task_wakeup = type;
	else if (is_named(name, "functools.partial"))
		plan->type_partial = type;
	else
		return false;
	return true;
}

/* From 3.10 on a task is woken up by a builtin of its own, task.__wakeup: that is a step of the task. */
static __always_inline bool learn_builtin(struct ls_task_plan *plan, u64 method)
{
	char name[NAME_BYTES] = {};

	if (!read_name(name, method) || !is_named(name, "task_wakeup"))
		return false;
	plan->method_task_wakeup = method;
	return true;
}

/* Is what looks new something that the plan should know? Then it is told anew. */
static __always_inline bool learn(struct ls_task_plan *plan, const struct who *who)
{
	if (who->kind == LS_TASK_TYPE)
		return learn_type(plan, who->ident);
	return who->kind == LS_TASK_BUILTIN && learn_builtin(plan, who->ident);
}

#endif
