/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket's wait: from the moment that its data is ready to the loop thread's read of it. */
#ifndef LOOPSTALL_WAITING_BPF_H
#define LOOPSTALL_WAITING_BPF_H

#include "dist.bpf.h"
#include "socket.bpf.h"

/* ---- data is ready ---- */

/* The peer has closed, and there is nothing before that to read: nobody waits for an answer. */
static __always_inline bool only_hung_up(struct sock *sk)
{
	struct tcp_sock *tcp;

	if (!(sk->sk_shutdown & RCV_SHUTDOWN))
		return false;
	tcp = bpf_skc_to_tcp_sock(sk);
	return tcp && tcp->rcv_nxt - tcp->copied_seq <= 1;
}

static __always_inline void begin_waiting(struct ls_arrivals *in, u64 now)
{
	__sync_fetch_and_add(&in->ready, 1);
	__sync_fetch_and_add(&in->sum, now + LS_TORN);
	if (!in->iteration_first)
		in->iteration_first = now;
	if (!in->step_first)
		in->step_first = now;
}

/* The loop's sums first: who takes ready_at away finds them complete. */
static __always_inline void become_ready(struct socket_state *v, u64 now)
{
	struct ls_queue *q = owner_of(v);

	v->epoch = q ? q->in.epoch + 1 : 0;
	if (q)
		begin_waiting(&q->in, now);
	if (__sync_val_compare_and_swap(&v->ready_at, 0, now) && q) /* another CPU was faster */
		end_waiting_elsewhere(q, now);
}

static __always_inline u64 turn_of(const struct socket_state *v, u64 epoch)
{
	return (u64)v->owner << 48 | (epoch + 1);
}

/* False: it is not known yet whose socket it is. */
static __always_inline bool datagram_comes(struct sock *sk, struct socket_state *v)
{
	struct ls_queue *q = owner_of(v);
	struct datagrams *d;
	u64 now, turn;
	u32 n;

	if (!q)
		return false;
	turn = turn_of(v, q->in.epoch);
	d = bpf_sk_storage_get(&datagrams, sk, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!d || (d->epoch == turn && d->end - d->begin >= DATAGRAMS)) {
		lose(LS_LOSS_SOCKETS);
		return true;
	}
	if (d->epoch != turn) {
		d->begin = d->end;
		d->epoch = turn;
	}
	now = bpf_ktime_get_ns();
	begin_waiting(&q->in, now);
	n = __sync_fetch_and_add(&d->end, 1);
	d->at[n % DATAGRAMS] = now;
	return true;
}

static __always_inline void becomes_readable(struct sock *sk, struct socket_state *v)
{
	if (v->flags & SOCKET_IGNORED || sk->__sk_common.skc_state == TCP_LISTEN)
		return;
	if (sk->sk_type != SOCK_DGRAM)
		guess_owner(v);
	else if (datagram_comes(sk, v))
		return;
	if (v->ready_at || only_hung_up(sk))
		return;
	v->flags &= ~SOCKET_LEFT_OVER;
	become_ready(v, bpf_ktime_get_ns());
}

/* ---- data is read ---- */

static __always_inline bool has_data(struct sock *sk)
{
	if (sk->sk_receive_queue.qlen)
		return true;
	if (sk->sk_type != SOCK_DGRAM || sk->__sk_common.skc_family == AF_UNIX)
		return false;
	return BPF_CORE_READ((struct udp_sock *)sk, reader_queue.qlen) != 0;
}

/* It waits no longer, and nobody says how long it did. */
static __always_inline void give_up(struct socket_state *v, struct ls_queue *q, u64 stamp, u64 now)
{
	if (stamp && q && v->epoch == q->in.epoch + 1)
		end_waiting_elsewhere(q, now);
}

/* It never was that loop's, if that was but a guess. */
static __always_inline void leave(struct socket_state *v, struct ls_queue *q, u64 stamp, u64 now)
{
	give_up(v, q, stamp, now);
	if (!(v->flags & SOCKET_GUESSED))
		__sync_fetch_and_add(&q->in.elsewhere, 1);
}

static __always_inline void read_elsewhere(struct socket_state *v, u64 now)
{
	u64 stamp = __sync_lock_test_and_set(&v->ready_at, 0);
	struct ls_queue *q = owner_of(v);

	if (!stamp || !q)
		return;
	leave(v, q, stamp, now);
	if (!(v->flags & SOCKET_GUESSED))
		return;
	v->owner = 0;
	v->flags = (v->flags & ~SOCKET_GUESSED) | SOCKET_OTHERS;
}

struct reading {
	struct ls_queue *q; /* of the loop that reads, ... */
	u32 owner;          /* ... its slot + 1, ... */
	u32 dont_wait;
	u64 since;          /* ... and when its open iteration began; 0: none is open */
	u64 stamp, now;
};

/*
 * What a handler waited for itself is no queue delay: it came in this iteration, on a socket that blocks, or after the
 * handler began to wait for it in a poll of its own.
 */
static __always_inline bool own_wait(const struct reading *r)
{
	struct thread *t;

	if (!r->since || r->stamp < r->since)
		return false;
	if (!r->dont_wait)
		return true;
	t = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);
	return t && t->nested_at >= r->since && r->stamp >= t->nested_at;
}

static __always_inline bool goes_on_reading(const struct socket_state *v, const struct reading *r)
{
	return v->flags & SOCKET_LEFT_OVER && r->since && r->stamp >= r->since;
}

/* As if it had not waited. */
static __always_inline void take_back(struct socket_state *v, struct reading *r)
{
	if (v->epoch == r->q->epoch + 1)
		end_waiting(r->q, 1, r->stamp);
}

static __always_inline void note_in_iteration(struct reading *r)
{
	struct ls_queue *q = r->q;
	u64 part;

	if (!r->since)
		return;
	if (r->stamp < r->since && q->iteration_old)
		q->iteration_old--;
	if (r->stamp < q->step_since && q->step_old)
		q->step_old--;
	part = r->now - (r->stamp > r->since ? r->stamp : r->since);
	if (part > q->iteration_longest)
		q->iteration_longest = part;
	q->iteration_sockets += part >= LS_DELAYED_NS;
}

/*
 * Given up when the loop fell asleep, and read as soon as it woke up: it was this that it woke up for. It has waited all the
 * time; while the loop slept that was nobody's doing. (io_uring reads before its wait returns.)
 */
static __always_inline bool given_up_too_soon(struct socket_state *v, struct reading *r)
{
	u64 awake = r->since ? r->since : r->now;
	struct ls_queue *q = r->q;

	if (v->epoch != q->epoch || q->iterations != q->gave_up_in + !!r->since)
		return false;
	q->unread--;
	q->early_ns += awake - q->gave_up_at;
	q->done_sum += r->now - awake;
	return true;
}

static __always_inline void count_delay(struct socket_state *v, struct reading *r)
{
	u64 delay = r->now > r->stamp ? r->now - r->stamp : 0;

	if (v->epoch == r->q->epoch + 1)
		end_waiting(r->q, 1, r->now);
	else if (!v->epoch)
		r->q->early_ns += delay;
	else if (!given_up_too_soon(v, r))
		return;
	count(&r->q->delay, ls_bucket(delay), delay);
	note_in_iteration(r);
}

static __always_inline void end_of_wait(struct socket_state *v, struct reading *r, bool got_data)
{
	if (!got_data) {
		give_up(v, r->q, r->stamp, r->now);
	} else if (own_wait(r)) {
		take_back(v, r);
		r->q->own_waits++;
	} else if (goes_on_reading(v, r)) {
		take_back(v, r);
	} else {
		count_delay(v, r);
	}
}

/* Another loop's until now: there it does not wait any more, and here the beginning of its wait is in no sum. */
static __always_inline void take_over(struct socket_state *v, struct reading *r)
{
	struct ls_queue *before = owner_of(v);

	if (before == r->q) { /* guessed right */
		v->flags &= ~SOCKET_GUESSED;
		return;
	}
	if (before && v->ready_at)
		leave(v, before, v->ready_at, r->now);
	v->epoch = 0;
	own(v, r->owner, r->q);
}

static __always_inline bool is_readers(const struct socket_state *v, const struct reading *r)
{
	return v->owner == r->owner && v->id == r->q->id && !(v->flags & SOCKET_GUESSED);
}

static __noinline int loop_reads(struct socket_state *v, struct reading *r, bool got_data)
{
	if (!v || !r || !r->q)
		return 0;
	if (!is_readers(v, r))
		take_over(v, r);
	r->stamp = __sync_lock_test_and_set(&v->ready_at, 0);
	if (r->stamp)
		end_of_wait(v, r, got_data);
	return 0;
}

/* Those that came before it and are no longer there were dropped: their checksums were wrong. */
static __noinline int datagram_is_read(struct datagrams *d, struct socket_state *v, struct reading *r, bool left)
{
	if (!d || !v || !r || !r->q || d->begin == d->end)
		return 0;
	r->stamp = d->at[d->begin++ % DATAGRAMS];
	v->epoch = d->epoch - turn_of(v, 0) + 1;
	if (own_wait(r)) {
		take_back(v, r);
		r->q->own_waits++;
	} else {
		count_delay(v, r);
	}
	if (left || d->begin == d->end)
		return 0;
	if (v->epoch == r->q->epoch + 1)
		end_waiting(r->q, d->end - d->begin, r->now);
	d->begin = d->end;
	return 0;
}

static __always_inline void receive_datagram(struct sock *sk, struct socket_state *v, struct reading *r, int result)
{
	if (v->ready_at || result < 0) {
		loop_reads(v, r, result >= 0);
		return;
	}
	if (!is_readers(v, r))
		take_over(v, r);
	datagram_is_read(bpf_sk_storage_get(&datagrams, sk, 0, 0), v, r, has_data(sk));
}

/* What is left is looked at last: data that came before that found a stamp, and data that come after it find none. */
static __always_inline void receive(struct sock *sk, struct socket_state *v, struct reading *r, int result)
{
	if (result < 0 && has_data(sk))
		return;
	if (sk->sk_type == SOCK_DGRAM) {
		receive_datagram(sk, v, r, result);
		return;
	}
	loop_reads(v, r, result > 0);
	if (!has_data(sk))
		return;
	v->flags |= SOCKET_LEFT_OVER;
	if (!v->ready_at)
		become_ready(v, r->now);
}

static __always_inline struct socket_state *first_read(struct sock *sk, struct task_struct *task)
{
	struct socket_state *v = is_measured(sk) ? make_state(sk) : NULL;

	if (v && is_own_pair(sk, task))
		v->flags |= SOCKET_IGNORED;
	return v;
}

#endif
