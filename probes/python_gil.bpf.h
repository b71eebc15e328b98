/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The GIL: who waits for it, and who holds it. */
#ifndef LOOPSTALL_PYTHON_GIL_BPF_H
#define LOOPSTALL_PYTHON_GIL_BPF_H

#include "python_frames.bpf.h"

#define PYTHON_GIL_BYTES 208 /* struct _gil_runtime_state on LP64 with glibc, 3.8 to 3.15 */

struct python_gil {
	u64 interval;
	u64 last_holder;
	u32 locked;
	u32 pad;
	u64 switches;
};

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
