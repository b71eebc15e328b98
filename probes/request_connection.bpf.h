/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connection whose requests are told: whose it is, and how far it has been read. */
#ifndef LOOPSTALL_REQUEST_CONNECTION_BPF_H
#define LOOPSTALL_REQUEST_CONNECTION_BPF_H

#include "request.bpf.h"
#include "request_parser.h"

#define AF_UNIX 1
#define now_in(x) (*(volatile __typeof__(x) *)&(x))

enum whose { WHOSE_UNKNOWN = 0, WHOSE_SERVERS, WHOSE_OTHER };

struct connection {
	u64 position; /* so many of its bytes have been read */
	u32 whose;    /* enum whose */
	u32 row;      /* of the request that is being read, or was last */
	struct ls_stream stream;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

/*
 * Requests come on connections that were accepted. A TCP socket that comes of a listening one has its backlog (sk_clone()
 * copies it), others have none; a unix socket has the listening one's address, and clients as a rule have none. An answer
 * on a connection of the other kind may look like a Redis command.
 */
static __always_inline u32 whose(struct sock *sk)
{
	struct unix_sock *unix_socket;

	if (sk->__sk_common.skc_family != AF_UNIX)
		return bpf_skc_to_tcp_sock(sk) && sk->sk_max_ack_backlog ? WHOSE_SERVERS : WHOSE_OTHER;
	unix_socket = bpf_skc_to_unix_sock(sk);
	return unix_socket && unix_socket->addr ? WHOSE_SERVERS : WHOSE_OTHER;
}

#define SOCK_DONE 1 /* a bit's number in skc_flags: the peer's FIN has come */

/*
 * How many bytes had been read before these; false: nobody counts them. A segment may come in meanwhile: then once more. A
 * FIN counts as a byte, and the read that takes the last ones takes it with them if it came in the same segment. Whether it
 * has come is asked first: if it comes later it was not read.
 */
static __always_inline bool position_before(struct sock *sk, int result, u64 *position)
{
	bool finished = now_in(sk->__sk_common.skc_flags) >> SOCK_DONE & 1;
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	u64 received;
	u32 next;

	if (!tcp)
		return false;
	received = now_in(tcp->bytes_received);
	next = now_in(tcp->rcv_nxt);
	if (now_in(tcp->bytes_received) != received) {
		received = now_in(tcp->bytes_received);
		next = now_in(tcp->rcv_nxt);
	}
	*position = received - (u32)(next - tcp->copied_seq) - (u32)result - (finished && tcp->copied_seq == next);
	return true;
}

/* Is it where the last read ended? Another thread may have read in between, or in a way that is not seen here. */
static __always_inline bool follows(struct sock *sk, struct connection *c, int result)
{
	u64 before = 0;
	bool first = !c->position;

	if (!position_before(sk, result, &before))
		return false;
	if (before != c->position)
		ls_lose_track(&c->stream);
	c->position = before + (u32)result;
	return first && !before;
}

#endif
