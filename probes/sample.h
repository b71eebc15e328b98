/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contract between kernel and user space, second part: looks at a loop thread. See events.h for the rules. */
#ifndef LOOPSTALL_SAMPLE_H
#define LOOPSTALL_SAMPLE_H

#include "events.h"
#include "object.h"
#include "python.h"

#define LS_STACK_BYTES (16 * 1024)
#define LS_WAIT_STACK_BYTES (24 * 1024) /* of the loop's own wait: since libuv 1.45 one frame there, uv__io_poll's, has 15.6 KiB */
#define LS_KERNEL_FRAMES 24
#define LS_REGISTERS 33 /* DWARF's order; x86-64 uses 17 */

enum ls_sample_kind {
	LS_SAMPLE_CPU = 1,
	LS_SAMPLE_SLEEP = 2,
	LS_SAMPLE_LOOP_WAIT = 3,
};

enum ls_sample_flag {
	LS_SAMPLE_STOPPED = 1 << 0,
	LS_SAMPLE_PAGE_FAULT = 1 << 1,
	LS_SAMPLE_FROM_OUTSIDE = 1 << 3, /* the thread slept already: thread_pointer and switches, but none of its memory */
	LS_SAMPLE_LIGHT = 1 << 4, /* at a task step, for its handler: Python frames only, without weight */
	LS_SAMPLE_GIL = 1 << 2, /* asleep on the futex of the interpreter's GIL; holder says whose it is */
};

struct ls_record_sample {
	struct ls_record head; /* at_ns: when a sleep began; size: with as much of stack as was copied */
	ls_u64 iteration;
	ls_u64 start_ns; /* of the iteration */
	ls_u64 length_ns;
	ls_u64 weight_ns;
	ls_u64 step; /* the task step that was open, see task.h; 0: none */
	ls_u32 kind;  /* enum ls_sample_kind */
	ls_u32 flags; /* enum ls_sample_flag */
	long long syscall; /* -1: in none */
	ls_u64 args[6];
	ls_u64 registers[LS_REGISTERS];
	ls_u64 kernel[LS_KERNEL_FRAMES];
	ls_u32 kernel_frames;
	ls_u32 stack_bytes;
	ls_u64 thread_pointer; /* FROM_OUTSIDE: finds its Python frames, ... */
	ls_u64 switches;       /* ... as long as its context switches are so many */
	struct ls_object object;
	struct ls_python_stack python; /* of the thread */
	struct ls_python_stack holder; /* of the GIL's holder, when the thread waits for the GIL */
	ls_u8 stack[LS_WAIT_STACK_BYTES];
};

#endif
