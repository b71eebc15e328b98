// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queue delay: from the moment that a socket's data is ready to the loop thread's read of it. State is in the sockets' own
 * storage, which dies with them. It is made by a measured loop's first read, by its connect, or for all sockets that the
 * process has when loopstall attaches; connections inherit it from their listener. Every other socket on the machine costs
 * one look that finds nothing.
 */
#include "dist.bpf.h"
#include "queue.bpf.h"
#include "wait.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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

struct listener {
	u64 id;     /* of the loop that accepts from it */
	u32 owner;  /* its slot + 1; 0: not known */
	u32 shared; /* several loops do: whose a connection will be is open */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct listener);
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

	return q && q->id == id ? q : NULL;
}

static __always_inline struct ls_queue *owner_of(struct socket_state *v)
{
	return loop_of(v->owner, v->id);
}

static __always_inline void own(struct socket_state *v, struct thread *t, struct ls_queue *q)
{
	v->owner = t->slot;
	v->id = q->id;
}

/* A state that is the listener's still becomes the connection's. */
static __always_inline void be_itself(struct socket_state *v, struct sock *sk)
{
	u64 parent = v->self;
	struct listener *l;

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
	return sk->__sk_common.skc_family == AF_UNIX && sk->sk_peer_pid && sk->sk_peer_pid == task->group_leader->thread_pid;
}

static __always_inline void listens(struct sock *sk)
{
	const struct listener none = {};
	u64 key = (u64)sk;

	if (make_state(sk))
		bpf_map_update_elem(&listeners, &key, &none, BPF_NOEXIST);
}

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

static __always_inline void begin_waiting(struct ls_queue *q, u64 now)
{
	__sync_fetch_and_add(&q->ready, 1);
	__sync_fetch_and_add(&q->sum, now + LS_TORN);
	q->last_ready = now;
	if (!q->iteration_first)
		q->iteration_first = now;
	if (!q->step_first)
		q->step_first = now;
}

/* The loop's sums first: who takes ready_at away finds them complete. */
static __always_inline void become_ready(struct socket_state *v, u64 now)
{
	struct ls_queue *q = owner_of(v);

	v->epoch = q ? q->epoch + 1 : 0;
	if (q)
		begin_waiting(q, now);
	if (__sync_val_compare_and_swap(&v->ready_at, 0, now) && q) { /* another CPU was faster */
		__sync_fetch_and_sub(&q->ready, 1);
		__sync_fetch_and_sub(&q->sum, now + LS_TORN);
	}
}

static __always_inline u64 turn_of(const struct socket_state *v, const struct ls_queue *q)
{
	return (u64)v->owner << 48 | (q->epoch + 1);
}

/* False: it is not known yet whose socket it is. */
static __always_inline bool datagram_comes(struct sock *sk, struct socket_state *v)
{
	struct ls_queue *q = owner_of(v);
	struct datagrams *d;
	u64 now;
	u32 n;

	if (!q)
		return false;
	d = bpf_sk_storage_get(&datagrams, sk, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!d || (d->epoch == turn_of(v, q) && d->end - d->begin >= DATAGRAMS)) {
		lose(LS_LOSS_SOCKETS);
		return true;
	}
	if (d->epoch != turn_of(v, q)) {
		d->begin = d->end;
		d->epoch = turn_of(v, q);
	}
	now = bpf_ktime_get_ns();
	begin_waiting(q, now);
	n = __sync_fetch_and_add(&d->end, 1);
	d->at[n % DATAGRAMS] = now;
	return true;
}

static __always_inline void becomes_readable(struct sock *sk, struct socket_state *v)
{
	if (v->flags & SOCKET_IGNORED || sk->__sk_common.skc_state == TCP_LISTEN)
		return;
	if (sk->sk_type == SOCK_DGRAM && datagram_comes(sk, v))
		return;
	if (v->ready_at || only_hung_up(sk))
		return;
	v->flags &= ~SOCKET_LEFT_OVER;
	become_ready(v, bpf_ktime_get_ns());
}

SEC("tp_btf/sk_data_ready") int BPF_PROG(on_data_ready, struct sock *sk)
{
	struct socket_state *v = bpf_sk_storage_get(&sockets, sk, 0, 0);
	u64 cost;

	if (!v)
		return 0;
	cost = cost_begin(LS_PROG_QUEUE);
	be_itself(v, sk);
	becomes_readable(sk, v);
	cost_end(LS_PROG_QUEUE, cost);
	return 0;
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
	if (stamp && q && v->epoch == q->epoch + 1)
		end_waiting(q, 1, now);
}

static __always_inline void read_elsewhere(struct socket_state *v)
{
	u64 stamp = __sync_lock_test_and_set(&v->ready_at, 0);
	struct ls_queue *q = owner_of(v);

	if (!stamp || !q)
		return;
	give_up(v, q, stamp, bpf_ktime_get_ns());
	__sync_fetch_and_add(&q->elsewhere, 1);
}

struct reading {
	struct thread *t;
	struct ls_queue *q;
	u64 stamp, now;
	u32 dont_wait;
};

/*
 * What a handler waited for itself is no queue delay: it came in this iteration, on a socket that blocks, or after the
 * handler began to wait for it in a poll of its own.
 */
static __always_inline bool own_wait(const struct reading *r)
{
	if (r->t->phase != PHASE_BUSY || r->stamp < r->t->since)
		return false;
	return !r->dont_wait || (r->t->nested_at >= r->t->since && r->stamp >= r->t->nested_at);
}

static __always_inline bool goes_on_reading(const struct socket_state *v, const struct reading *r)
{
	return v->flags & SOCKET_LEFT_OVER && r->t->phase == PHASE_BUSY && r->stamp >= r->t->since;
}

/* As if it had not waited. */
static __always_inline void take_back(struct socket_state *v, struct reading *r)
{
	if (v->epoch != r->q->epoch + 1)
		return;
	__sync_fetch_and_sub(&r->q->ready, 1);
	__sync_fetch_and_sub(&r->q->sum, r->stamp + LS_TORN);
}

static __always_inline void note_in_iteration(struct reading *r)
{
	struct ls_queue *q = r->q;
	u64 start = r->t->since, part;

	if (r->t->phase != PHASE_BUSY)
		return;
	if (r->stamp < start && q->iteration_old)
		q->iteration_old--;
	if (r->stamp < r->t->step.since && q->step_old)
		q->step_old--;
	part = r->now - (r->stamp > start ? r->stamp : start);
	if (part > q->iteration_longest)
		q->iteration_longest = part;
	q->iteration_sockets += part >= LS_DELAYED_NS;
}

static __always_inline void count_delay(struct socket_state *v, struct reading *r)
{
	u64 delay = r->now > r->stamp ? r->now - r->stamp : 0;

	if (v->epoch && v->epoch != r->q->epoch + 1) /* given up long ago, and counted */
		return;
	if (v->epoch)
		end_waiting(r->q, 1, r->now);
	else
		r->q->early_ns += delay;
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

	if (before && v->ready_at) {
		give_up(v, before, v->ready_at, r->now);
		__sync_fetch_and_add(&before->elsewhere, 1);
	}
	v->epoch = 0;
	own(v, r->t, r->q);
}

static __noinline int loop_reads(struct socket_state *v, struct reading *r, bool got_data)
{
	if (!v || !r || !r->t || !r->q)
		return 0;
	if (v->owner != r->t->slot || v->id != r->q->id)
		take_over(v, r);
	r->stamp = __sync_lock_test_and_set(&v->ready_at, 0);
	if (r->stamp)
		end_of_wait(v, r, got_data);
	return 0;
}

/* Those that came before it and are no longer there were dropped: their checksums were wrong. */
static __noinline int datagram_is_read(struct datagrams *d, struct socket_state *v, struct reading *r, bool left)
{
	if (!d || !v || !r || !r->t || !r->q || d->epoch != turn_of(v, r->q) || d->begin == d->end)
		return 0;
	r->stamp = d->at[d->begin++ % DATAGRAMS];
	v->epoch = r->q->epoch + 1;
	if (own_wait(r)) {
		take_back(v, r);
		r->q->own_waits++;
	} else {
		count_delay(v, r);
	}
	if (left || d->begin == d->end)
		return 0;
	end_waiting(r->q, d->end - d->begin, r->now);
	d->begin = d->end;
	return 0;
}

static __always_inline void receive(struct sock *sk, struct socket_state *v, struct reading *r, int result)
{
	bool left = has_data(sk);

	if (result < 0 && left)
		return;
	if (sk->sk_type == SOCK_DGRAM && !v->ready_at && result >= 0) {
		if (v->owner != r->t->slot || v->id != r->q->id)
			take_over(v, r);
		datagram_is_read(bpf_sk_storage_get(&datagrams, sk, 0, 0), v, r, left);
		return;
	}
	loop_reads(v, r, result > 0 || (!result && sk->sk_type == SOCK_DGRAM));
	if (!left || sk->sk_type == SOCK_DGRAM)
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

/* sock_recvmsg, whatever the system call: read, recv, recvmsg, io_uring. The data are copied already. */
SEC("tp_btf/sock_recv_length") int BPF_PROG(on_receive, struct sock *sk, int result, int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct socket_state *v = bpf_sk_storage_get(&sockets, sk, 0, 0);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct reading r = {.t = t, .dont_wait = flags & MSG_DONTWAIT};
	u64 cost;

	if (flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (!v) {
		barrier_var(v); /* no "v | t": the verifier forbids it for pointers */
		if (!t)
			return 0;
	}
	cost = cost_begin(LS_PROG_QUEUE);
	if (v)
		be_itself(v, sk);
	r.q = t ? queue_of(t) : NULL;
	if (r.q && !v)
		v = first_read(sk, task);
	if (!v || v->flags & SOCKET_IGNORED)
		goto out;
	r.now = bpf_ktime_get_ns();
	if (r.q)
		receive(sk, v, &r, result);
	else
		read_elsewhere(v);
out:
	cost_end(LS_PROG_QUEUE, cost);
	return 0;
}

/* ---- connections ---- */

static __always_inline void connected(struct sock *sk, struct socket_state *v)
{
	u64 key = (u64)sk, now = bpf_ktime_get_ns();

	if (!bpf_map_update_elem(&pending, &key, &now, BPF_ANY))
		v->flags |= SOCKET_PENDING;
}

static __always_inline void closed(struct sock *sk, struct socket_state *v)
{
	u64 stamp = __sync_lock_test_and_set(&v->ready_at, 0), key = (u64)sk;
	struct ls_queue *q = owner_of(v);

	if (v->flags & SOCKET_PENDING)
		bpf_map_delete_elem(&pending, &key);
	bpf_map_delete_elem(&listeners, &key);
	if (!stamp || !q)
		return;
	give_up(v, q, stamp, bpf_ktime_get_ns());
	__sync_fetch_and_add(&q->unread, 1);
}

/* A connection that the loop opens is its own from the first byte on. */
static __always_inline void connects(struct sock *sk)
{
	struct thread *t = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);
	struct ls_queue *q = t ? queue_of(t) : NULL;
	struct socket_state *v = q ? make_state(sk) : NULL;

	if (v)
		own(v, t, q);
}

SEC("tp_btf/inet_sock_set_state") int BPF_PROG(on_socket_state, struct sock *sk, int before, int now)
{
	struct socket_state *v;
	u64 cost;

	if (now == TCP_LISTEN && target_of(bpf_get_current_task_btf()))
		listens(sk);
	if (now == TCP_SYN_SENT)
		connects(sk);
	if (now != TCP_CLOSE && (now != TCP_ESTABLISHED || before != TCP_SYN_RECV))
		return 0;
	v = state_of(sk);
	if (!v)
		return 0;
	cost = cost_begin(LS_PROG_QUEUE);
	if (now == TCP_CLOSE)
		closed(sk, v);
	else
		connected(sk, v);
	cost_end(LS_PROG_QUEUE, cost);
	return 0;
}

/* The struct sock behind a descriptor, as a number. */
static __always_inline u64 socket_at(struct task_struct *task, s32 fd)
{
	struct files_struct *table = task->files;
	struct fdtable *fdt;
	u64 file, socket;

	if (!table)
		return 0;
	fdt = table->fdt;
	if (!fdt || (u32)fd >= fdt->max_fds)
		return 0;
	file = word_at(fdt->fd + (u32)fd);
	socket = file ? word_at((void *)file + bpf_core_field_offset(struct file, private_data)) : 0;
	return socket ? word_at((void *)socket + bpf_core_field_offset(struct socket, sk)) : 0;
}

static __always_inline void accepts_from(u64 listening, struct thread *t, struct ls_queue *q)
{
	struct listener *l = bpf_map_lookup_elem(&listeners, &listening);

	if (!l)
		return;
	if (l->owner != t->slot || l->id != q->id)
		l->shared = loop_of(l->owner, l->id) != NULL;
	l->owner = t->slot;
	l->id = q->id;
}

/* sys_exit_accept, sys_exit_accept4 */
SEC("tracepoint") int on_accept(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct ls_queue *q = t ? queue_of(t) : NULL;
	struct pt_regs *regs;
	u64 key, *since, cost, wait;

	if (!q)
		return 0;
	regs = regs_of(t, task);
	if (regs_ret(regs) < 0)
		return 0;
	cost = cost_begin(LS_PROG_QUEUE);
	accepts_from(socket_at(task, (s32)regs_arg0(regs)), t, q);
	key = socket_at(task, (s32)regs_ret(regs));
	since = bpf_map_lookup_elem(&pending, &key);
	if (since) {
		wait = bpf_ktime_get_ns() - *since;
		count(&q->accept, ls_bucket(wait), wait);
		bpf_map_delete_elem(&pending, &key);
	}
	cost_end(LS_PROG_QUEUE, cost);
	return 0;
}

/* ---- read once: the sockets that a process has already ---- */

SEC("iter/task_file") int find_sockets(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct task_struct *task = ctx->task;
	struct socket *socket;
	struct socket_state *v;
	struct sock *sk;

	if (!task || !file || !target_of(task))
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || !is_measured(sk))
		return 0;
	if (sk->__sk_common.skc_state == TCP_LISTEN && sk->__sk_common.skc_family != AF_UNIX) {
		listens(sk);
		return 0;
	}
	v = make_state(sk);
	if (v && is_own_pair(sk, task))
		v->flags |= SOCKET_IGNORED;
	return 0;
}
