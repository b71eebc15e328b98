/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contract between kernel and user space: what a syscall's descriptor referred to when its thread fell asleep. See
 * events.h for the rules. All text is the target's and may hold any byte.
 */
#ifndef LOOPSTALL_OBJECT_H
#define LOOPSTALL_OBJECT_H

#include "events.h"

typedef unsigned short ls_u16;

#define LS_OBJECT_NAMES 4
#define LS_OBJECT_NAME_BYTES 40
#define LS_OBJECT_PATH_BYTES 108 /* sun_path of unix(7) */

/* The numbers are ObjectKind's in src/model/raw_sample.h. */
enum ls_object_kind {
	LS_OBJECT_NONE = 0, /* no descriptor, or it could not be read */
	LS_OBJECT_FILE = 1,
	LS_OBJECT_DIRECTORY = 2,
	LS_OBJECT_DEVICE = 3, /* character or block */
	LS_OBJECT_SOCKET = 4,
	LS_OBJECT_PIPE = 5,
	LS_OBJECT_ANONYMOUS = 6, /* names[0] is "[eventfd]", "[timerfd]", ... */
};

enum ls_object_flag {
	LS_OBJECT_TRUNCATED = 1 << 0, /* there are more parents, or a name or path was cut */
};

struct ls_object {
	ls_u32 kind;  /* enum ls_object_kind */
	ls_u32 flags; /* enum ls_object_flag */
	ls_u64 inode;    /* 0 for sockets */
	ls_u32 device;   /* major << 20 | minor of the file system; 0 for sockets */
	ls_u16 family;   /* AF_* */
	ls_u16 protocol; /* IPPROTO_* */
	ls_u16 local_port, peer_port; /* host order; 0: none */
	ls_u32 used;     /* how much of the text below: names, or bytes of the path */
	ls_u8 local[16]; /* AF_INET: the first 4 */
	ls_u8 peer[16];
	union {
		/* Of the file and its parents, innermost first, each ends with NUL. Not truncated: from the target's root. */
		char names[LS_OBJECT_NAMES][LS_OBJECT_NAME_BYTES];
		char path[LS_OBJECT_PATH_BYTES]; /* AF_UNIX: the peer's or else its own; it begins with NUL if abstract */
	};
};

LS_ASSERT(sizeof(ls_u16) == 2, "ports");
LS_ASSERT(sizeof(struct ls_object) == 224, "object");
LS_ASSERT(LS_OBJECT_PATH_BYTES <= LS_OBJECT_NAMES * LS_OBJECT_NAME_BYTES, "a path fits where names do");

#endif
