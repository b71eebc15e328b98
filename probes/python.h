/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Contract between kernel and user space: how to walk a CPython's frames, and the frames found. See events.h. */
#ifndef LOOPSTALL_PYTHON_H
#define LOOPSTALL_PYTHON_H

#include "events.h"

#define LS_PYTHON_FRAMES 96

struct ls_python_frame {
	ls_u64 code;      /* PyCodeObject */
	ls_u64 filename;  /* its co_filename, ... */
	ls_u64 name;      /* ... co_qualname, before 3.11 co_name, ... */
	ls_u64 linetable; /* ... co_linetable or co_lnotab, all str and bytes objects */
	ls_s32 first_line;
	ls_s32 instr; /* byte offset of the running instruction; negative before the first one */
};

enum ls_python_flag {
	LS_PYTHON_TRUNCATED = 1 << 0, /* there are more frames outside */
	LS_PYTHON_FAILED = 1 << 1,    /* memory that could not be read, or no thread state */
};

#define LS_PYTHON_THREAD_BYTES 424 /* struct python_thread of python.bpf.h */

struct ls_python_stack {
	ls_u32 frames;
	ls_u32 flags; /* enum ls_python_flag */
	ls_u32 tid;   /* as the interpreter knows the thread, in its pid namespace; 0 before 3.11 */
	ls_u32 pad;
	struct ls_python_frame frame[LS_PYTHON_FRAMES]; /* innermost first */
};

/*
 * The parts of a frame and of a code object that the walk needs lie in one block each: one read each. Blocks are shorter
 * than this; powers of two, as they also bound the offsets.
 */
#define LS_PYTHON_FRAME_BLOCK 128
#define LS_PYTHON_CODE_BLOCK 256

/* The value of map `pythons`, by tgid in loopstall's pid namespace. Addresses and offsets of one process' CPython. */
struct ls_python {
	ls_u64 interpreters; /* address of the pointer to the first interpreter */
	ls_u64 code_type;    /* address of PyCode_Type */
	ls_u64 gil;          /* address of the GIL; 0: each interpreter points to its own, at interp_gil */

	ls_u32 interp_next, interp_threads, interp_gil;
	ls_u32 thread_next, thread_interp, thread_id; /* of PyThreadState; thread_id is pthread_self() */
	ls_u32 thread_native_id;                      /* 0: there is none */
	ls_u32 thread_frame;
	ls_u32 has_cframe; /* thread_frame points to a struct that has the frame at cframe_frame */
	ls_u32 cframe_frame;

	ls_u32 frame_begin, frame_bytes; /* the block; the next four are offsets in it */
	ls_u32 frame_previous, frame_code, frame_instr, frame_owner;
	ls_u32 owner_shim; /* frames of this owner or above are no functions; 0: frames have no owner */
	ls_u32 lasti_unit; /* frame_instr is a 32-bit index in units of so many bytes; 0: it is a pointer */

	ls_u32 code_bytes; /* the block, from the object's beginning; the next four are offsets in it */
	ls_u32 code_filename, code_name, code_linetable, code_first_line;
	ls_u32 code_start; /* of the instructions, for pointers to them */
	ls_u32 pad;
};

LS_ASSERT(sizeof(struct ls_python_frame) == 40, "python frame");
LS_ASSERT(sizeof(struct ls_python_stack) == 16 + 40 * LS_PYTHON_FRAMES, "python stack");
LS_ASSERT(sizeof(struct ls_python) == 128, "python layout");

#endif
