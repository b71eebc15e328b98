// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the requests were that loop threads read, by name: method and path, or the command. Only with --requests. What was
 * read is looked at where it has just been copied to, in pieces that are wiped out again; what stays is the parser's state
 * (request_parser.h) in the socket's own storage, and the names.
 */
#include "request_connection.bpf.h"
#include "request_read.bpf.h"
#include "wait.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define SOCK_STREAM 1
#define MSG_PEEK 2
#define MSG_TRUNC 0x20
#define MSG_ERRQUEUE 0x2000

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LS_MAX_REQUEST_ROWS);
	__type(key, struct ls_request_key);
	__type(value, u32);
} request_keys SEC(".maps");

struct { /* user space fills it */
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, LS_MAX_REQUEST_ROWS);
	__type(value, u32);
} free_request_rows SEC(".maps");

struct look {
	struct scratch *s;
	struct connection *c;
};

/* ---- rows ---- */

/* A row for what is seen first; that of all others together when there is no more room. */
static __noinline u32 new_row(struct connection *c)
{
	struct ls_request_row *r;
	u32 row;

	if (!c)
		return 0;
	if (bpf_map_pop_elem(&free_request_rows, &row))
		return c->stream.key.slot;
	r = bpf_map_lookup_elem(&request_rows, &row);
	if (!r || bpf_map_update_elem(&request_keys, &c->stream.key, &row, BPF_NOEXIST)) {
		bpf_map_push_elem(&free_request_rows, &row, 0);
		return c->stream.key.slot;
	}
	r->key = c->stream.key;
	return row;
}

static __always_inline void count_request(struct connection *c)
{
	u32 *known = bpf_map_lookup_elem(&request_keys, &c->stream.key);
	struct ls_request_row *r;

	c->row = known ? *known : new_row(c);
	r = bpf_map_lookup_elem(&request_rows, &c->row);
	if (r)
		r->requests++;
}

/* ---- one read ---- */

static __always_inline void note(struct look *l, int found)
{
	if (found & LS_FOUND_REQUEST) {
		count_request(l->c);
		l->s->requests++;
	}
	if (found & LS_FOUND_LAST)
		l->s->finished++;
	if (found & LS_FOUND_BROKEN)
		l->s->broken = 1;
}

static long next_step(u32 i, struct look *l)
{
	int found = ls_step(&l->c->stream, &l->s->chunk);

	note(l, found);
	return found & (LS_FOUND_BROKEN | LS_FOUND_END) ? 1 : 0;
}

static long next_piece(u32 i, struct look *l)
{
	struct scratch *s = l->s;
	struct ls_stream *stream = &l->c->stream;
	u64 skipped = stream->skip ? ls_take_skipped(stream, s->size - s->at) : 0;

	s->at += skipped;
	if (skipped && !stream->skip)
		note(l, ls_skipped(stream));
	if (s->at >= s->size)
		return 1;
	if (!copy_piece(s)) {
		ls_lose_track(stream);
		s->broken = 1;
		return 1;
	}
	bpf_loop(2 * LS_CHUNK, next_step, l, 0);
	s->at += s->chunk.at;
	wipe_piece(s);
	return s->broken ? 1 : 0;
}

/* More than any one read can be: of each piece a byte at least is taken, and most are taken whole. */
#define PIECES 8192

static __always_inline void look_at_read(struct look *l, struct pt_regs *regs, int result)
{
	struct scratch *s = l->s;

	s->at = 0;
	s->size = (u32)result;
	s->requests = s->finished = s->broken = 0;
	if (!find_segments(s, regs)) {
		ls_lose_track(&l->c->stream);
		s->broken = 1;
		return;
	}
	bpf_loop(PIECES, next_piece, l, 0);
	if (!s->broken && s->at < s->size) {
		ls_lose_track(&l->c->stream);
		s->broken = 1;
	}
}

static __always_inline void look_at(struct look *l, struct sock *sk, struct ls_requests *r, struct pt_regs *regs, int result)
{
	struct ls_stream *stream = &l->c->stream;
	bool begins = follows(sk, l->c, result);

	if (r->speaks_redis)
		stream->flags |= LS_STREAM_REDIS;
	l->s->requests = l->s->finished = 0;
	l->s->broken = 1;
	if (ls_begin_read(stream, begins))
		look_at_read(l, regs, result);
	if (stream->state == LS_STREAM_TLS)
		r->encrypted++;
	else if (l->s->broken)
		r->not_told++;
	if (stream->flags & LS_STREAM_REDIS)
		r->speaks_redis = 1;
}

/* ---- how long it holds the loop ---- */

/*
 * From the read of its last byte until the next read on another client's connection, or the end of the iteration. Several
 * requests in one read can not be told apart, and where reads are done ahead of the work none can: until user space has said
 * what runtime it is nobody knows.
 */
static __always_inline bool holds_the_loop(struct look *l, struct thread *t, struct ls_slot *slot)
{
	return l->s->finished == 1 && l->s->requests <= 1 && t->phase == PHASE_BUSY && slot->traits & LS_TRAIT_WORKS_ON_READ;
}

static __always_inline void hold_changes(struct look *l, struct sock *sk, struct thread *t, struct ls_requests *r, u64 now)
{
	struct ls_slot *slot = slot_of(t);

	if (r->open_since && (r->open_socket != (u64)sk || l->s->requests || l->s->finished))
		end_request(r, now);
	if (!slot || !holds_the_loop(l, t, slot))
		return;
	r->open_socket = (u64)sk;
	r->open_row = l->c->row;
	r->open_since = bpf_ktime_get_ns();
}

/* Runs in the reader's context, whatever the system call: read, recv, recvmsg. The data are copied already. */
SEC("tp_btf/sock_recv_length") int BPF_PROG(on_request, struct sock *sk, int result, int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread *t = untrusted(task)->bpf_storage ? bpf_task_storage_get(&threads, task, 0, 0) : NULL;
	struct ls_requests *r = t ? requests_of(t) : NULL;
	struct look look;
	u64 cost, now;
	u32 zero = 0;

	if (!r || result <= 0 || flags & (MSG_PEEK | MSG_TRUNC | MSG_ERRQUEUE) || sk->sk_type != SOCK_STREAM)
		return 0;
	cost = cost_begin(LS_PROG_REQUEST);
	now = bpf_ktime_get_ns();
	look.s = bpf_map_lookup_elem(&scratches, &zero);
	look.c = bpf_sk_storage_get(&connections, sk, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!look.s || !look.c) {
		r->not_told++;
		goto out;
	}
	if (look.c->whose == WHOSE_UNKNOWN)
		look.c->whose = whose(sk);
	if (look.c->whose != WHOSE_SERVERS)
		goto out;
	look.c->stream.key.slot = t->slot - 1;
	look_at(&look, sk, r, regs_of(t, task), result);
	hold_changes(&look, sk, t, r, now);
out:
	cost_end(LS_PROG_REQUEST, cost);
	return 0;
}
