/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks the Python frames of the current thread. It runs under the run-queue lock, so it reads no strings and no tables:
 * two reads of user memory a frame. What is not resident fails the walk and is said.
 *
 * All numbers that bound anything come from struct ls_python, which user space checked, or are masked here.
 */
#ifndef LOOPSTALL_PYTHON_FRAMES_BPF_H
#define LOOPSTALL_PYTHON_FRAMES_BPF_H

#include "python.bpf.h"

#define PYTHON_STEPS (2 * LS_PYTHON_FRAMES) /* frames with those that are none, such as an interpreter's entry */

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

struct python_walk {
	const struct ls_python *py;
	struct python_thread *t;
	struct ls_python_stack *out;
};

static __always_inline u64 python_thread_state(const struct ls_python *py, struct task_struct *task,
					       struct python_thread *t)
{
	return python_cached_state(py, task, &t->tstate, &t->missed);
}

/* The masks tell the verifier that an offset lies in its block. */
#define python_in_frame(type, t, offset) (*(type *)((t)->frame + ((offset) & (LS_PYTHON_FRAME_BLOCK - 1))))
#define python_in_code(type, t, offset) (*(type *)((t)->code + ((offset) & (LS_PYTHON_CODE_BLOCK - 1))))

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

#endif
