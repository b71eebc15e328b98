/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests by name, at the boundaries of iterations: the end of the one that held the loop. */
#ifndef LOOPSTALL_REQUEST_BPF_H
#define LOOPSTALL_REQUEST_BPF_H

#include "state.bpf.h"
#include "request.h"

/* ---- maps; where requests are not wanted user space makes them small ---- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct ls_requests);
} request_loops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_REQUEST_ROWS);
	__type(key, u32);
	__type(value, struct ls_request_row);
} request_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LS_MAX_REQUEST_BUCKETS);
	__type(key, struct ls_request_bucket_key);
	__type(value, struct ls_bucket);
} request_buckets SEC(".maps");

static __always_inline struct ls_requests *requests_of(struct thread *t)
{
	u32 index = t->slot - 1;

	return requests && t->slot ? bpf_map_lookup_elem(&request_loops, &index) : NULL;
}

/* ---- how long it held the loop ---- */

/* False: there is no room for one more bucket. */
static __always_inline bool count_request_hold(u32 row, u64 hold)
{
	const struct ls_request_bucket_key key = {row, ls_bucket(hold) & ~1U};
	const struct ls_bucket first = {1, hold};
	struct ls_bucket *b = bpf_map_lookup_elem(&request_buckets, &key);

	if (!b)
		return !bpf_map_update_elem(&request_buckets, &key, &first, BPF_NOEXIST);
	b->count++;
	b->sum += hold;
	return true;
}

static __noinline int end_request(struct ls_requests *r, u64 now)
{
	struct ls_request_row *row;
	u64 hold;
	u32 index;

	if (!r)
		return 0;
	index = r->open_row;
	hold = now > r->open_since ? now - r->open_since : 0;
	r->open_since = 0;
	row = bpf_map_lookup_elem(&request_rows, &index);
	if (!row || !count_request_hold(index, hold))
		return 0;
	row->timed++;
	row->hold_ns += hold;
	if (hold > row->max_ns)
		row->max_ns = hold;
	if (hold < row->min_ns || !row->min_ns)
		row->min_ns = hold ? hold : 1;
	return 0;
}

static __always_inline void request_iteration_ends(struct thread *t, u64 now)
{
	struct ls_requests *r = requests_of(t);

	if (r && r->open_since)
		end_request(r, now);
}

static __always_inline void request_discarded(struct thread *t)
{
	struct ls_requests *r = requests_of(t);

	if (r)
		r->open_since = 0;
}

#endif
