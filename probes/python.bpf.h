/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks the Python frames of the current thread. It runs under the run-queue lock, so it reads no strings and no tables:
 * two reads of user memory a frame. What is not resident fails the walk and is said; nothing here can fault or loop long.
 *
 * All numbers that bound anything come from struct ls_python, which user space checked, or are masked here.
 */
#ifndef LOOPSTALL_PYTHON_BPF_H
#define LOOPSTALL_PYTHON_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "python.h"

#define PYTHON_THREADS 512   /* thread states looked through, at the first walk of a thread only */
#define PYTHON_STEPS (2 * LS_PYTHON_FRAMES) /* frames with those that are none, such as an interpreter's entry */
#define PYTHON_GIL_BYTES 208 /* struct _gil_runtime_state on LP64 with glibc, 3.8 to 3.15 */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct ls_python);
} pythons SEC(".maps");

/*
 * What the walk keeps for a thread, in map memory, zeroed at first: too big for the BPF stack. Two walks must not share
 * one at the same time. 8 bytes more than a mask reaches, so that what begins there still lies inside.
 */
struct python_thread {
	u64 tstate; /* found at the first walk */
	u64 missed; /* walks that found no thread state */
	u64 at;     /* the frame that comes next */
	u8 frame[LS_PYTHON_FRAME_BLOCK + 8];
	u8 code[LS_PYTHON_CODE_BLOCK + 8];
};

LS_ASSERT(sizeof(struct python_thread) == LS_PYTHON_THREAD_BYTES, "python_thread in struct ls_look");

struct python_gil {
	u64 interval;
	u64 last_holder;
	u32 locked;
	u32 pad;
	u64 switches;
};

struct python_walk {
	const struct ls_python *py;
	struct python_thread *t;
	struct ls_python_stack *out;
};

struct python_search {
	const struct ls_python *py;
	u64 self;   /* the thread pointer */
	u64 interp;
	u64 tstate;
	u64 found;
};

/*
 * The thread pointer, as it was when the thread last left a CPU; libc sets it once. On x86-64 it is pthread_self(); on
 * arm64 it points to the end of the struct that pthread_self() is the beginning of (glibc: about 2 KiB), and no two
 * threads have theirs in one page. arm64 was not tested.
 */
#if defined(__TARGET_ARCH_x86)
#define PYTHON_SELF_SPAN 1
struct thread_struct___python {
	unsigned long fsbase;
} __attribute__((preserve_access_index));
#define thread_pointer_of(thread) ((thread).fsbase)
#else
#define PYTHON_SELF_SPAN 4096
struct thread_struct___python {
	struct {
		unsigned long tp_value;
	} uw;
} __attribute__((preserve_access_index));
#define thread_pointer_of(thread) ((thread).uw.tp_value)
#endif
struct task_struct___python {
	struct thread_struct___python thread;
} __attribute__((preserve_access_index));

static __always_inline u64 thread_pointer(struct task_struct *task)
{
	return thread_pointer_of(((struct task_struct___python *)task)->thread);
}

static __always_inline bool python_read(u64 address, void *value, u32 size)
{
	return bpf_probe_read_user(value, size, (void *)address) == 0;
}

static __always_inline bool python_u64(u64 address, u64 *value)
{
	return python_read(address, value, sizeof(*value));
}

/* ---- which thread state is ours ---- */

static __always_inline bool python_next_interpreter(struct python_search *s)
{
	if (!python_u64(s->interp + s->py->interp_next, &s->interp) || !s->interp)
		return false;
	return python_u64(s->interp + s->py->interp_threads, &s->tstate);
}

static long python_search_step(u32 i, void *context)
{
	struct python_search *s = context;
	u64 id = 0;

	if (!s->tstate)
		return !python_next_interpreter(s);
	if (!python_u64(s->tstate + s->py->thread_id, &id))
		return 1;
	s->found = s->self - id < PYTHON_SELF_SPAN;
	return s->found || !python_u64(s->tstate + s->py->thread_next, &s->tstate);
}

/* The thread state whose thread_id belongs to the thread pointer: right in all versions, and pid namespaces do not matter. */
__noinline u64 python_find_thread(const struct ls_python *py, u64 self)
{
	struct python_search s = {.py = py, .self = self};

	if (!py || !python_u64(py->interpreters, &s.interp) || !s.interp)
		return 0;
	if (!python_u64(s.interp + py->interp_threads, &s.tstate))
		return 0;
	bpf_loop(PYTHON_THREADS, python_search_step, &s, 0);
	return s.found ? s.tstate : 0;
}

/* A thread that runs no Python is looked for less and less often: each look may cost 512 steps. */
static __always_inline bool python_search_now(u64 missed)
{
	return missed < 1024 ? !(missed & (missed - 1)) : !(missed & 1023);
}

/* The cached one may be gone with its memory used again: it is ours as long as it says so. */
static __always_inline u64 python_thread_state(const struct ls_python *py, struct task_struct *task,
					       struct python_thread *t)
{
	u64 self = thread_pointer(task), id = 0;

	if (t->tstate && python_u64(t->tstate + py->thread_id, &id) && self - id < PYTHON_SELF_SPAN)
		return t->tstate;
	t->tstate = self && python_search_now(t->missed) ? python_find_thread(py, self) : 0;
	t->missed = t->tstate ? 0 : t->missed + 1;
	return t->tstate;
}

/* ---- frames ---- */

/* The masks tell the verifier that an offset lies in its block. */
#define python_in_frame(type, t, offset) (*(type *)((t)->frame + ((offset) & (LS_PYTHON_FRAME_BLOCK - 1))))
#define python_in_code(type, t, offset) (*(type *)((t)->code + ((offset) & (LS_PYTHON_CODE_BLOCK - 1))))

static __always_inline u64 python_first_frame(const struct ls_python *py, u64 tstate)
{
	u64 frame = 0;

	if (!python_u64(tstate + py->thread_frame, &frame) || !frame || !py->has_cframe)
		return frame;
	return python_u64(frame + py->cframe_frame, &frame) ? frame : 0;
}

static __always_inline s32 python_instr(const struct ls_python *py, struct python_thread *t, u64 code)
{
	if (py->lasti_unit)
		return python_in_frame(s32, t, py->frame_instr) * (s32)py->lasti_unit;
	return (s32)(python_in_frame(u64, t, py->frame_instr) - code - py->code_start);
}

/* An interpreter's entry is no function: from 3.12 on it has an owner of its own. */
static __always_inline bool python_is_shim(const struct ls_python *py, struct python_thread *t)
{
	return py->owner_shim && python_in_frame(u8, t, py->frame_owner) >= py->owner_shim;
}

static __always_inline void python_add(struct python_walk *w, u64 code)
{
	const struct ls_python *py = w->py;
	struct python_thread *t = w->t;
	struct ls_python_frame *f;
	u32 n = w->out->frames;

	if (n >= LS_PYTHON_FRAMES)
		return;
	f = &w->out->frame[n];
	f->code = code;
	f->filename = python_in_code(u64, t, py->code_filename);
	f->name = python_in_code(u64, t, py->code_name);
	f->linetable = python_in_code(u64, t, py->code_linetable);
	f->first_line = python_in_code(s32, t, py->code_first_line);
	f->instr = python_instr(py, t, code);
	w->out->frames = n + 1;
}

/* A code object that the interpreter made for itself has one string for all its names (_Py_MakeShimCode, 3.12 and 3.13). */
static __always_inline bool python_is_function(const struct ls_python *py, struct python_thread *t)
{
	return python_in_code(u64, t, 8) == py->code_type && /* ob_type */
	       python_in_code(u64, t, py->code_filename) != python_in_code(u64, t, py->code_name);
}

/* Reads the frame at t->at and moves on to its caller. */
static __always_inline bool python_one(struct python_walk *w)
{
	const struct ls_python *py = w->py;
	struct python_thread *t = w->t;
	u64 code;

	if (!python_read(t->at + py->frame_begin, t->frame, py->frame_bytes & (LS_PYTHON_FRAME_BLOCK - 1)))
		return false;
	t->at = python_in_frame(u64, t, py->frame_previous);
	if (python_is_shim(py, t))
		return true;
	code = python_in_frame(u64, t, py->frame_code) & ~7ULL; /* a tagged reference from 3.14 on */
	if (!python_read(code, t->code, py->code_bytes & (LS_PYTHON_CODE_BLOCK - 1)))
		return false;
	if (python_is_function(py, t))
		python_add(w, code);
	return true;
}

static long python_step(u32 i, void *context)
{
	struct python_walk *w = context;

	if (!w->t->at)
		return 1;
	if (w->out->frames >= LS_PYTHON_FRAMES || i == PYTHON_STEPS - 1) {
		w->out->flags |= LS_PYTHON_TRUNCATED;
		return 1;
	}
	if (python_one(w))
		return 0;
	w->out->flags |= LS_PYTHON_FAILED;
	return 1;
}

__noinline int python_frames(const struct ls_python *py, struct python_thread *t, u64 tstate, struct ls_python_stack *out)
{
	struct python_walk w = {.py = py, .t = t, .out = out};

	if (!py || !t || !out)
		return 0;
	if (py->thread_native_id)
		python_read(tstate + py->thread_native_id, &out->tid, sizeof(out->tid));
	t->at = python_first_frame(py, tstate);
	bpf_loop(PYTHON_STEPS, python_step, &w, 0);
	return 0;
}

static __always_inline void python_clear(struct ls_python_stack *out)
{
	out->frames = 0;
	out->flags = 0;
	out->tid = 0;
	out->pad = 0;
}

/* task must be current, t its own. A thread that never ran Python has no thread state: that fails, too. */
static __always_inline void python_walk(const struct ls_python *py, struct task_struct *task, struct python_thread *t,
					struct ls_python_stack *out)
{
	u64 tstate = python_thread_state(py, task, t);

	python_clear(out);
	if (tstate)
		python_frames(py, t, tstate, out);
	else
		out->flags = LS_PYTHON_FAILED;
}

/* ---- the GIL ---- */

static __always_inline u64 python_gil_address(const struct ls_python *py, u64 tstate)
{
	u64 interp = 0, gil = 0;

	if (py->gil)
		return py->gil;
	if (!python_u64(tstate + py->thread_interp, &interp) || !python_u64(interp + py->interp_gil, &gil))
		return 0;
	return gil;
}

/* The address of the GIL, if it is what the thread waits for that sleeps on this futex; else 0. */
static __always_inline u64 python_gil_waited_for(const struct ls_python *py, u64 tstate, u64 futex)
{
	u64 gil = tstate ? python_gil_address(py, tstate) : 0;

	return gil && futex - gil < PYTHON_GIL_BYTES ? gil : 0;
}

/*
 * The frames of the thread that holds the GIL, where they can be known: flags say so else. The holder runs meanwhile: its
 * innermost frames may be torn, and all of them are dropped if the GIL changed hands during the walk.
 */
static __always_inline void python_gil_holder(const struct ls_python *py, struct python_thread *t, u64 gil,
					      struct ls_python_stack *out)
{
	struct python_gil before = {}, after = {};

	python_clear(out);
	out->flags = LS_PYTHON_FAILED;
	if (!python_read(gil, &before, sizeof(before)) || before.locked != 1 || !before.last_holder ||
	    before.last_holder == t->tstate)
		return;
	out->flags = 0;
	python_frames(py, t, before.last_holder, out);
	if (python_read(gil, &after, sizeof(after)) && after.last_holder == before.last_holder && after.locked == 1 &&
	    after.switches == before.switches)
		return;
	python_clear(out);
	out->flags = LS_PYTHON_FAILED;
}

#endif
