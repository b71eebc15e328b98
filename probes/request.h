/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contract between kernel and user space, fifth part: what the requests were that loop threads read, by name. Nothing of a
 * request is kept but that. See events.h for the rules.
 */
#ifndef LOOPSTALL_REQUEST_H
#define LOOPSTALL_REQUEST_H

#include "events.h"

#define LS_MAX_REQUEST_ROWS 4096       /* (loop thread, name) pairs; the first LS_MAX_LOOPS are "other" of slot i */
#define LS_MAX_REQUEST_BUCKETS 65536   /* sparse: only buckets that were hit */
#define LS_REQUEST_TEXT 120
#define LS_COMMAND_TEXT 32             /* no Redis command is as long */

enum ls_protocol {
	LS_PROTOCOL_OTHER = 0, /* no room for more names: all of them together */
	LS_PROTOCOL_HTTP = 1,  /* "GET /path" */
	LS_PROTOCOL_REDIS = 2, /* "HGETALL" */
};

struct ls_request_name {
	ls_u8 protocol; /* enum ls_protocol */
	ls_u8 length;
	ls_u8 cut;      /* it was longer */
	ls_u8 pad;
	char text[LS_REQUEST_TEXT]; /* all zeros beyond its length: it is compared as bytes */
};

struct ls_request_key {
	ls_u32 slot;
	struct ls_request_name name;
};

/*
 * One (loop thread, name): an element of the mmapable array request_rows. Written by the thread itself, in a cache line that
 * no other writes to.
 */
struct ls_request_row {
	struct ls_request_key key;
	ls_u64 requests;
	ls_u64 timed; /* of these: the only ones of their read, so that it is known for how long they held the loop */
	ls_u64 hold_ns, min_ns, max_ns;
	ls_u64 pad[3];
};

/* Map request_buckets: sparse histograms of hold times. */
struct ls_request_bucket_key {
	ls_u32 row;
	ls_u32 bucket; /* ls_bucket() with the lowest bit cleared: 32 sub-buckets an octave */
};

/* One loop thread, by the index of its slot, in a mmapable array. */
struct ls_requests {
	ls_u64 encrypted;  /* reads of TLS */
	ls_u64 not_told;   /* reads of which it is not known what they are */
	ls_u64 open_since; /* the request that holds the loop now, as far as can be told; 0: none */
	ls_u64 open_socket;
	ls_u32 open_row;
	ls_u32 speaks_redis; /* a command was read here as an array of RESP: a line of text is one as well */
	ls_u64 pad[3];
};

LS_ASSERT(sizeof(struct ls_request_key) == 128, "request key");
LS_ASSERT(sizeof(struct ls_request_row) == 192, "request row: three cache lines");
LS_ASSERT(sizeof(struct ls_requests) == 64, "a loop's cache line");

#endif
