/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * uvloop's steps. It runs a Handle or TimerHandle as PyContext_Enter, the callback, PyContext_Exit; the Handle is no argument of
 * these calls, but stands in a register that their caller has to preserve (in every call of uvloop 0.17 and 0.23, millions).
 * That it is the right one is told by its type and its context, so it is found or not, never guessed.
 */
#ifndef LOOPSTALL_UVLOOP_BPF_H
#define LOOPSTALL_UVLOOP_BPF_H

#include "dispatch.bpf.h"

/* Of uvloop.loop.Handle since 0.14, from its type on. A TimerHandle has callback where that says, and is not shorter. */
struct uvloop_handle {
	u64 type;       /* 8 */
	u64 table;      /* 16, Cython's */
	u64 callback;   /* 24 of a TimerHandle */
	u64 context;    /* 32 of a Handle */
	u64 loop;       /* 40 */
	u64 name;       /* 48: a str */
	u32 kind, pad;  /* 56: 1 is a Python callable */
	u64 unused;     /* 64 */
	u64 callable;   /* 72 */
};
LS_ASSERT(sizeof(struct uvloop_handle) == sizeof(struct python_block), "one takes the other's place");
#define UVLOOP_CALLABLE 1

#define SAVED_REGISTERS 6
#define SEARCHED (SAVED_REGISTERS + 24) /* with some words of the stack */

struct handle_search {
	u64 context, sp;
	u64 saved[8];
	u64 method; /* a bound method, in a register */
	u64 found;
	u32 timer, at;
	union {
		struct uvloop_handle handle; /* what was found, ... */
		struct python_block block;   /* ... and then what it calls */
	};
};

struct { /* one a slot, as it is too big for the stack */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct handle_search);
} handle_searches SEC(".maps");

static __always_inline bool learn_handle_type(struct ls_task_plan *plan, u64 type)
{
	char name[NAME_BYTES] = {};

	if (!type || type & 7 || !read_name(name, type + TYPE_NAME))
		return false;
	if (is_named(name, "uvloop.loop.Handle"))
		plan->type_handle = type;
	else if (is_named(name, "uvloop.loop.TimerHandle"))
		plan->type_timer = type;
	else
		return false;
	return true;
}

/* Handles are found by type, which is known by its name once one was seen. A pointer that is none costs a failed read. */
static __always_inline bool try_handle(struct handle_search *x, struct ls_task_plan *plan, u64 address)
{
	struct uvloop_handle *h = &x->handle;

	if (address < 65536 || address & 7 || address >> 47 || !python_read(address + 8, h, sizeof(*h)))
		return false;
	if ((!plan->type_handle && h->context == x->context) || !plan->type_timer)
		learn_handle_type(plan, h->type);
	if (h->type == plan->type_method && !x->method && x->at < SAVED_REGISTERS)
		x->method = address;
	x->timer = plan->type_timer && h->type == plan->type_timer;
	if (!x->timer && (!plan->type_handle || h->type != plan->type_handle || h->context != x->context))
		return false;
	x->found = address;
	return true;
}

struct handle_walk { /* bpf_loop wants it on the stack */
	struct handle_search *x;
	struct ls_task_plan *plan;
};

static long handle_search_step(u32 i, void *context)
{
	struct handle_walk *w = context;
	struct handle_search *x = w->x;
	u64 value = 0;

	x->at = i;
	if (i < SAVED_REGISTERS)
		value = x->saved[i & 7];
	else
		python_u64(x->sp + 8 * (i - SAVED_REGISTERS), &value);
	return try_handle(x, w->plan, value);
}

/* First where the last ones were found. */
static __noinline int find_handle(struct handle_search *x, struct ls_task_plan *plan)
{
	struct handle_walk w = {x, plan};
	u32 first, second;

	if (!x || !plan)
		return 0;
	first = plan->handle_register;
	second = plan->timer_register;
	x->at = first;
	if (try_handle(x, plan, x->saved[first & 7]))
		return 0;
	x->at = second;
	if (second != first && try_handle(x, plan, x->saved[second & 7]))
		return 0;
	bpf_loop(SEARCHED, handle_search_step, &w, 0);
	if (!x->found || x->at >= SAVED_REGISTERS)
		return 0;
	if (x->timer)
		plan->timer_register = x->at;
	else
		plan->handle_register = x->at;
	return 0;
}

/* ---- which step ---- */

/*
 * loop._on_idle (or Loop._on_idle) is a Handle itself, in which all others run: they are the steps. A str's text begins at
 * 48, from 3.12 on at 40.
 */
static __always_inline bool is_on_idle(struct ls_task_plan *plan, u64 name)
{
	char text[NAME_BYTES] = {};

	if (name == plan->name_on_idle)
		return true;
	if (!python_read(name + 40, text, 24) ||
	    (!named(text + 1, "oop._on_idle", 12) && !named(text + 9, "oop._on_idle", 12)))
		return false;
	plan->name_on_idle = name;
	return true;
}

/* Whose step; false: it is none. */
static __always_inline bool identify_handle(struct probe *p, struct handle_search *x, struct who *who)
{
	struct uvloop_handle *h = &x->handle;

	who->handle = x->found;
	who->timer = x->timer;
	if (x->timer || h->kind == UVLOOP_CALLABLE) {
		who->callable = x->timer ? h->callback : h->callable;
		identify_callable(p->plan, &x->block, who);
		return true;
	}
	who->kind = LS_TASK_NAMED;
	who->ident = h->name;
	return !is_on_idle(p->plan, h->name);
}

/* Without a Handle it may be a protocol's method (uvloop 0.23 calls them so), which stands in a register, too. */
static __always_inline bool identify_entered(struct probe *p, struct handle_search *x, struct who *who)
{
	if (x->found)
		return identify_handle(p, x, who);
	who->callable = x->method;
	if (x->method)
		identify_callable(p->plan, &x->block, who);
	else
		unreadable(who);
	return true;
}

static __always_inline bool may_enter(struct probe *p)
{
	struct step *s = &p->t->step;

	if (p->t->since < p->plan->opened_at)
		return false;
	if (!p->t->step_stat)
		return true;
	if (!has_ended(s, p->sp))
		return false;
	close_step(p->t, p->task, p->plan, p->now);
	return true;
}

static __always_inline void begin_search(struct handle_search *x, struct probe *p, struct pt_regs *ctx)
{
	x->context = p->context;
	x->sp = p->sp;
	x->saved[0] = saved_register0(ctx);
	x->saved[1] = saved_register1(ctx);
	x->saved[2] = saved_register2(ctx);
	x->saved[3] = saved_register3(ctx);
	x->saved[4] = saved_register4(ctx);
	x->saved[5] = saved_register5(ctx);
	x->method = x->found = 0;
	x->timer = 0;
}

static __always_inline void context_enter(struct probe *p, struct pt_regs *ctx)
{
	u32 index = p->t->slot - 1;
	struct handle_search *x = bpf_map_lookup_elem(&handle_searches, &index);
	struct who who = {};

	if (!x || !may_enter(p))
		return;
	begin_search(x, p, ctx);
	find_handle(x, p->plan);
	if (!identify_entered(p, x, &who))
		return;
	p->entered = 1;
	begin_step(p, &who);
}

#endif
