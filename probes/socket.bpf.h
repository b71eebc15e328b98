/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A socket's state for queue delay, and whose socket it is. It is in the socket's own storage, which dies with it, and made
 * by a measured loop's first read, by its connect, or for all sockets that the process has when loopstall attaches;
 * connections inherit it from their listener.
 */
#ifndef LOOPSTALL_SOCKET_BPF_H
#define LOOPSTALL_SOCKET_BPF_H

#include "queue.bpf.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_DGRAM 2
#define MSG_PEEK 2
#define MSG_DONTWAIT 0x40
#define MSG_ERRQUEUE 0x2000
#define RCV_SHUTDOWN 1
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10 };

enum socket_flag {
	SOCKET_IGNORED = 1 << 0,   /* the loop wakes itself up with it */
	SOCKET_LEFT_OVER = 1 << 1, /* the last read left data: they wait since then, as far as is known */
	SOCKET_PENDING = 1 << 2,   /* in `pending`: nobody has accepted it yet */
	SOCKET_GUESSED = 1 << 3,   /* its owner is but the only loop that there is */
	SOCKET_OTHERS = 1 << 4,    /* ... and was not the one that read from it */
};

struct socket_state {
	u64 self;     /* its address: a connection's state is a copy of its listener's, until it is first seen */
	u64 ready_at; /* 0: nothing to read */
	u64 epoch;    /* of the loop at that moment, plus 1; 0: no loop waits for it */
	u64 id;       /* of the loop */
	u32 owner;    /* slot of the loop + 1; 0: not known */
	u32 flags;    /* enum socket_flag */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* When the datagrams that wait came: each is a message of its own. */
#define DATAGRAMS 64

struct datagrams {
	u64 epoch;    /* and whose loop's: see turn_of() */
	u32 begin, end;
	u64 at[DATAGRAMS];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct datagrams);
} datagrams SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct ls_listener);
} listeners SEC(".maps");

struct { /* connections that wait for accept, since when */
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u64);
} pending SEC(".maps");

/* ---- whose socket ---- */

/* The loop in that slot, if it is still that one. */
static __always_inline struct ls_queue *loop_of(u32 owner, u64 id)
{
	u32 index = owner - 1;
	struct ls_queue *q = owner ? bpf_map_lookup_elem(&queues, &index) : NULL;

	return q && q->in.id == id ? q : NULL;
}

static __always_inline struct ls_queue *owner_of(struct socket_state *v)
{
	return loop_of(v->owner, v->id);
}

/* From user space: the slot + 1 of the only loop that there is, and its id. */
__u32 only_owner = 0;
__u64 only_id = 0;

/* A socket from which nobody has read since loopstall attached is the loop's, if there is only one. */
static __always_inline void guess_owner(struct socket_state *v)
{
	if (v->owner || v->flags & SOCKET_OTHERS || !only_owner)
		return;
	v->owner = only_owner;
	v->id = only_id;
	v->flags |= SOCKET_GUESSED;
}

static __always_inline void own(struct socket_state *v, u32 owner, struct ls_queue *q)
{
	v->flags &= ~SOCKET_GUESSED;
	v->owner = owner;
	v->id = q->id;
}

/* A state that is the listener's still becomes the connection's. */
static __always_inline void be_itself(struct socket_state *v, struct sock *sk)
{
	u64 parent = v->self;
	struct ls_listener *l;

	if (parent == (u64)sk)
		return;
	v->self = (u64)sk;
	v->ready_at = v->epoch = v->id = 0;
	v->owner = v->flags = 0;
	l = parent ? bpf_map_lookup_elem(&listeners, &parent) : NULL;
	if (!l || l->shared)
		return;
	v->owner = l->owner;
	v->id = l->id;
}

static __always_inline struct socket_state *state_of(struct sock *sk)
{
	struct socket_state *v = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (v)
		be_itself(v, sk);
	return v;
}

static __always_inline bool is_measured(struct sock *sk)
{
	u32 family = sk->__sk_common.skc_family;

	return family == AF_INET || family == AF_INET6 || family == AF_UNIX;
}

static __always_inline struct socket_state *make_state(struct sock *sk)
{
	struct socket_state *v = bpf_sk_storage_get(&sockets, sk, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (v)
		be_itself(v, sk);
	else
		lose(LS_LOSS_SOCKETS);
	return v;
}

/* A pair of sockets that the process made: by it the loop is woken up from other threads and by signals. */
static __always_inline bool is_own_pair(struct sock *sk, struct task_struct *task)
{
	return sk->__sk_common.skc_family == AF_UNIX && sk->sk_peer_pid && sk->sk_peer_pid == untrusted(task)->group_leader->thread_pid;
}

static __always_inline void listens(struct sock *sk)
{
	const struct ls_listener none = {.drops = sk->sk_drops.counter};
	u64 key = (u64)sk;

	if (make_state(sk))
		bpf_map_update_elem(&listeners, &key, &none, BPF_NOEXIST);
}

#endif
