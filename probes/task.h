/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contract between kernel and user space, third part: task steps, the tier "tasks". See events.h for the rules.
 *
 * A step is one call of asyncio's Handle._run, of uvloop's Handle, or by trio of a task's coroutine: from the probe at its
 * Context.run (PyContext_Enter on uvloop) to the next one's, to PyContext_Exit, to the loop's wait, or to the end of
 * run_forever(). Who it belongs to is its ident: the code object of the task's coroutine or of the callback, which user
 * space names when it is first seen.
 */
#ifndef LOOPSTALL_TASK_H
#define LOOPSTALL_TASK_H

#include "events.h"

#define LS_MAX_TASKS 12288         /* (loop thread, ident) pairs; the first LS_MAX_LOOPS are "other" of slot i */
/* Sparse: only buckets that were hit, of all tasks together; 96 bytes each when used, 16 when not. A power of two, as the
 * kernel makes heads for as many. */
#define LS_MAX_TASK_BUCKETS 131072
#define LS_MAX_TASK_PLANS 256      /* processes whose tasks are counted */

/* What an ident is. */
enum ls_task_kind {
	LS_TASK_OTHER = 0,     /* no room for more idents: all of them together */
	LS_TASK_COROUTINE = 1, /* a task's step; ident: code object of its outermost coroutine (or generator, async generator) */
	LS_TASK_FUNCTION = 2,  /* a callback in Python; ident: its code object; class_type where it is a bound method */
	LS_TASK_BUILTIN = 3,   /* a callback in C; ident: its PyMethodDef; class_type: type of what it is bound to */
	LS_TASK_TYPE = 4,      /* whatever else was called; ident: its type */
	LS_TASK_NAMED = 5,     /* uvloop's own callbacks; ident: a str with the name */
	LS_TASK_UNREADABLE = 6, /* its memory could not be read; ident 0 */
	LS_TASK_AWAITED = 7,   /* a task's step; ident: the type of what it awaits, if that is no coroutine of CPython's */
};

/*
 * How to read one process' tasks: an element of the mmapable array task_plans; the probes' cookie is its index. 0: does not
 * exist. What user space fills comes first; what the kernel side learns by names is zeroed when a plan is put in place.
 */
struct ls_task_plan {
	ls_u64 type_function, type_method, type_builtin, type_cmethod; /* addresses of PyFunction_Type, PyMethod_Type, ... */
	ls_u64 type_coroutine, type_generator, type_asend;
	ls_u64 none;           /* None */
	ls_u64 method_send, method_throw; /* the PyMethodDefs of a coroutine's own send() and throw() */
	ls_u32 task_coro;      /* TaskObj.task_coro */
	ls_u32 coro_code;      /* of a coroutine or generator: its code object, ... */
	ls_u32 coro_qualname;  /* ... its cr_qualname */
	ls_u32 func_code, func_qualname;
	ls_u32 asend_gen;      /* async_generator_asend.ags_gen */
	ls_u32 uvloop;         /* 1: PyContext_Enter and PyContext_Exit are probed as well */
	ls_u32 tgid;           /* in loopstall's namespace */
	ls_u32 frames_move;    /* 1: a function's frame is another object each time (before 3.11) */
	ls_u32 pad;

	/* learnt */
	ls_u64 type_task_step, type_task_wakeup; /* TaskStepMethWrapper; TaskWakeupMethWrapper, before 3.10 */
	ls_u64 method_task_wakeup;               /* the PyMethodDef, from 3.10 on */
	ls_u64 type_partial;
	ls_u64 type_handle, type_timer;          /* uvloop's */
	ls_u64 name_on_idle;                     /* the str that names the Handle in which uvloop runs its other Handles */
	ls_u32 handle_register, timer_register;  /* where they were found last */

	/* Windows: probes count while it is odd. A step counts if it is the same at its end as at its start. */
	ls_u64 generation;
	ls_u64 opened_at;
	ls_u64 hits; /* of all probes */
} __attribute__((aligned(64))); /* so that no plan lies in more cache lines than it must */

/* Bits of the cookie of a probe's attachment. */
#define LS_TASK_PLAN_MASK (LS_MAX_TASK_PLANS - 1)
#define LS_TASK_SECOND_ARGUMENT (1 << 16) /* PyContext_Enter and PyContext_Exit: the context is the second argument */

/* Of a stat whose handlers may be wanted steps of 1 ms and more are told, with looks: LS_RECORD_STEP. */
enum ls_task_handlers {
	LS_HANDLERS_UNKNOWN = 0, /* user space has not named it yet; its first step may be a long one */
	LS_HANDLERS_WANTED = 1,
	LS_HANDLERS_NOT_WANTED = 2,
};

/* One (loop thread, ident): an element of the mmapable array task_stats. Written by the thread itself. */
struct ls_task_stat {
	ls_u64 ident;
	ls_u32 owner;      /* a number of the loop thread that no other ever has; with ident and kind the key */
	ls_u32 slot;
	ls_u32 kind;       /* enum ls_task_kind */
	ls_u32 handlers;   /* enum ls_task_handlers, from user space */
	ls_u64 steps, hold_ns, min_ns, max_ns;
	ls_u64 cpu_ns, blocked_ns, runqueue_ns;
	ls_u64 stalls; /* steps that reached the threshold */
	ls_u64 delayed_ns, delayed_max_ns; /* what sockets with data ready waited meanwhile; the longest wait of one */
	ls_u64 delayed_sockets; /* how many still waited when a step of LS_DELAYED_NS and more ended */
};

/* Map task_buckets: sparse histograms of hold times. */
struct ls_task_bucket_key {
	ls_u32 stat;
	ls_u32 bucket; /* ls_bucket() with the lowest bit cleared: 32 sub-buckets an octave */
};

/* LS_RECORD_TASK: an ident that was not seen before on that thread. In the ring `records`. */
struct ls_record_task {
	struct ls_record head;
	ls_u32 stat;
	ls_u32 kind;
	ls_u64 ident;
	ls_u64 qualname;   /* a str object, 0: none; COROUTINE and FUNCTION */
	ls_u64 class_type; /* a type object, 0: none; FUNCTION and BUILTIN bound to an object */
	ls_u64 handle;     /* uvloop: the Handle or TimerHandle object; else 0 */
	ls_u32 timer;      /* it was seen as a timer */
	ls_u32 pad;
};

/* LS_RECORD_STEP: a long step of a stat whose handlers may be wanted. Its looks carry the same step number. */
struct ls_record_step {
	struct ls_record head; /* at_ns: its end */
	ls_u64 step;
	ls_u32 stat;
	ls_u32 pad;
	ls_u64 hold_ns;
	ls_u64 cpu_ns, blocked_ns, runqueue_ns;
	struct ls_delayed delayed;
};

#define LS_LONG_STEP_NS 1000000

LS_ASSERT(sizeof(struct ls_task_plan) == 256, "task plan");
LS_ASSERT((LS_MAX_TASK_PLANS & LS_TASK_PLAN_MASK) == 0, "a power of two");
LS_ASSERT(sizeof(struct ls_task_stat) == 112, "task stat");
LS_ASSERT(sizeof(struct ls_record_task) == 72, "task record");
LS_ASSERT(sizeof(struct ls_record_step) == 96, "step record");

#endif
