/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a Python process' memory is read, and which of its thread states a thread has. What is not resident is not read;
 * nothing here can fault or loop long. All numbers come from struct ls_python, which user space checked.
 */
#ifndef LOOPSTALL_PYTHON_BPF_H
#define LOOPSTALL_PYTHON_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "python.h"

#define PYTHON_THREADS 512   /* thread states looked through, at the first walk of a thread only */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct ls_python);
} pythons SEC(".maps");

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

/* A cached one may be gone with its memory used again: it is the thread's as long as it says so. */
static __always_inline u64 python_cached_state(const struct ls_python *py, struct task_struct *task, u64 *tstate, u64 *missed)
{
	u64 self = thread_pointer(task), id = 0;

	if (*tstate && python_u64(*tstate + py->thread_id, &id) && self - id < PYTHON_SELF_SPAN)
		return *tstate;
	*tstate = self && python_search_now(*missed) ? python_find_thread(py, self) : 0;
	*missed = *tstate ? 0 : *missed + 1;
	return *tstate;
}

static __always_inline u64 python_first_frame(const struct ls_python *py, u64 tstate)
{
	u64 frame = 0;

	if (!python_u64(tstate + py->thread_frame, &frame) || !frame || !py->has_cframe)
		return frame;
	return python_u64(frame + py->cframe_frame, &frame) ? frame : 0;
}

#endif
