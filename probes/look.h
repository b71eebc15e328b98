/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contract between kernel and user space: the value of map `looks`, one a slot. See events.h for the rules. */
#ifndef LOOPSTALL_LOOK_H
#define LOOPSTALL_LOOK_H

#include "sample.h"

/* What user space asks for: a look at this thread's sleep, see look_from_outside(). */
struct ls_sleeper {
	ls_u32 tid; /* 0: none */
	ls_s32 fd;  /* what its poll waits for: in its memory, which only user space can read then; -1: not known */
};

struct ls_look {
	ls_u64 free_at;     /* the budget: a look may be taken when now is past this, less the burst */
	ls_u64 light_free_at; /* the same for looks at task steps */
	ls_u64 light_look_at; /* the last of them */
	ls_u64 iteration;   /* the one that the rest is about */
	ls_u64 sleeping_ns; /* sleeps of it that no look stands for yet */
	ls_u64 cpu_ns;      /* CPU clock at the last look */
	ls_u64 cpu_look_at; /* when that was */
	ls_u64 patience;    /* CPU looks begin so much later than they could */
	ls_u32 cpu_looks;   /* at this iteration */
	ls_u32 grew_old;    /* it was nearly a stall, or was one */
	ls_u32 asleep;      /* sample holds the look at the sleep that goes on */
	ls_s32 fd;          /* what that sleep is on */
	ls_u32 gil_wait;    /* that sleep is a wait for the GIL that nobody needs a look at */
	ls_u32 pad;
	ls_u8 python[LS_PYTHON_THREAD_BYTES]; /* of the walk: the kernel's own */
	struct ls_record_sample sample;
};

#endif
