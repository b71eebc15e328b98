/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose step begins: from the callable to the code object behind it. It runs for every step, so it reads as little of user
 * memory as it can, in blocks; what is told by names is looked at only when an ident is new.
 */
#ifndef LOOPSTALL_IDENTITY_BPF_H
#define LOOPSTALL_IDENTITY_BPF_H

#include "python.bpf.h"
#include "task.bpf.h"

/* The head of every object that is looked at here: its type, and its first two members behind that. */
struct python_head {
	u64 type, first, second;
};

#define python_head_of(address, head) python_read((address) + 8, head, sizeof(struct python_head))

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
static __always_inline void ident_by_code(const struct ls_task_plan *plan, u64 coroutine, struct who *who)
{
	who->kind = LS_TASK_COROUTINE;
	who->qualname_at = coroutine + plan->coro_qualname;
	if (!python_u64(coroutine + plan->coro_code, &who->ident))
		return unreadable(who);
	who->ident &= ~CODE_TAG;
}

static __always_inline void ident_of_task(const struct ls_task_plan *plan, u64 task, struct who *who)
{
	u64 coroutine = 0, type = 0;

	if (!python_u64(task + plan->task_coro, &coroutine) || !python_u64(coroutine + 8, &type))
		return unreadable(who);
	if (type == plan->type_coroutine || type == plan->type_generator)
		return ident_by_code(plan, coroutine, who);
	if (type == plan->type_asend && plan->type_asend) {
		if (!python_u64(coroutine + plan->asend_gen, &coroutine))
			return unreadable(who);
		return ident_by_code(plan, coroutine, who);
	}
	who->kind = LS_TASK_TYPE;
	who->ident = type;
}

static __always_inline void ident_of_function(const struct ls_task_plan *plan, u64 function, struct who *who)
{
	who->kind = LS_TASK_FUNCTION;
	who->qualname_at = function + plan->func_qualname;
	if (!python_u64(function + plan->func_code, &who->ident))
		unreadable(who);
}

/* A bound method of something else than a Python function goes by its type. */
static __always_inline void ident_of_method(const struct ls_task_plan *plan, const struct python_head *method, struct who *who)
{
	u64 type = 0;

	if (!python_u64(method->first + 8, &type))
		return unreadable(who);
	who->bound_to = method->second;
	if (type == plan->type_function)
		return ident_of_function(plan, method->first, who);
	who->kind = LS_TASK_TYPE;
	who->ident = type;
}

static __always_inline void ident_of_builtin(const struct ls_task_plan *plan, const struct python_head *builtin,
					     struct who *who)
{
	if (plan->method_task_wakeup && builtin->first == plan->method_task_wakeup)
		return ident_of_task(plan, builtin->second, who);
	who->kind = LS_TASK_BUILTIN;
	who->ident = builtin->first;
	who->bound_to = builtin->second;
}

/* Whose callable that is; true: it is a functools.partial, and who->callable the callable in it. */
static __always_inline bool ident_once(const struct ls_task_plan *plan, struct who *who)
{
	struct python_head head;

	if (!python_head_of(who->callable, &head)) {
		unreadable(who);
		return false;
	}
	if (plan->type_partial && head.type == plan->type_partial) {
		who->callable = head.first;
		return true;
	}
	if (head.type == plan->type_function) {
		ident_of_function(plan, who->callable, who);
	} else if (head.type == plan->type_method) {
		ident_of_method(plan, &head, who);
	} else if (head.type == plan->type_builtin || head.type == plan->type_cmethod) {
		ident_of_builtin(plan, &head, who);
	} else if (plan->type_task_wakeup && head.type == plan->type_task_wakeup) {
		ident_of_task(plan, head.first, who);
	} else {
		who->kind = LS_TASK_TYPE;
		who->ident = head.type;
	}
	return false;
}

static __noinline int identify_any(const struct ls_task_plan *plan, struct who *who)
{
	if (!plan || !who)
		return 0;
	if (ident_once(plan, who) && ident_once(plan, who) && ident_once(plan, who)) {
		who->kind = LS_TASK_TYPE;
		who->ident = plan->type_partial;
	}
	return 0;
}

/* A task's step is what comes most often. */
static __always_inline void identify_callable(const struct ls_task_plan *plan, struct who *who)
{
	u64 head[2] = {};

	if (python_read(who->callable + 8, head, sizeof(head)) && plan->type_task_step && head[0] == plan->type_task_step)
		ident_of_task(plan, head[1], who);
	else
		identify_any(plan, who);
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
