// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queue delay, where the kernel tells of sockets. A socket that nobody keeps storage for costs a look at one of its members,
 * its reads two: of the socket's and of the thread's.
 */
#include "wait.bpf.h"
#include "waiting.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sk_data_ready") int BPF_PROG(on_data_ready, struct sock *sk)
{
	struct socket_state *v;
	u64 cost;

	if (!untrusted(sk)->sk_bpf_storage)
		return 0;
	v = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (!v)
		return 0;
	cost = cost_begin(LS_PROG_QUEUE);
	be_itself(v, sk);
	becomes_readable(sk, v);
	cost_end(LS_PROG_QUEUE, cost);
	return 0;
}

/* Is it the loop's own thread that reads? Then its state need not be looked up. */
static __always_inline bool read_by_owner(const struct socket_state *v, struct task_struct *task, struct reading *r)
{
	u32 index = v->owner - 1;
	struct ls_queue *q = v->owner ? bpf_map_lookup_elem(&queues, &index) : NULL;
	struct ls_slot *s = q ? bpf_map_lookup_elem(&slots, &index) : NULL;

	if (!q || !s || q->id != v->id || s->kernel_tid != (u32)task->pid)
		return false;
	r->q = q;
	r->owner = v->owner;
	r->since = s->busy_since;
	return true;
}

static __always_inline void read_by_loop(struct task_struct *task, struct reading *r)
{
	struct thread *t = untrusted(task)->bpf_storage ? bpf_task_storage_get(&threads, task, 0, 0) : NULL;
	struct ls_slot *s = t ? slot_of(t) : NULL;

	if (!s)
		return;
	r->q = queue_of(t);
	r->owner = t->slot;
	r->since = s->busy_since;
}

/* sock_recvmsg, whatever the system call: read, recv, recvmsg, io_uring. The data are copied already. */
SEC("tp_btf/sock_recv_length") int BPF_PROG(on_receive, struct sock *sk, int result, int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct reading r = {.dont_wait = flags & MSG_DONTWAIT};
	struct socket_state *v = NULL;
	u64 cost;

	if (flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (untrusted(sk)->sk_bpf_storage)
		v = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (v)
		be_itself(v, sk);
	if (!v || !read_by_owner(v, task, &r))
		read_by_loop(task, &r);
	if (!v) {
		barrier_var(v); /* no "v | q": the verifier forbids it for pointers */
		if (!r.q)
			return 0;
	}
	cost = cost_begin(LS_PROG_QUEUE);
	if (!v)
		v = first_read(sk, task);
	if (!v || v->flags & SOCKET_IGNORED)
		goto out;
	r.now = bpf_ktime_get_ns();
	if (r.q)
		receive(sk, v, &r, result);
	else
		read_elsewhere(v, r.now);
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
	__sync_fetch_and_add(&q->in.closed, 1);
}

/* A connection that the loop opens is its own from the first byte on. */
static __always_inline void connects(struct sock *sk)
{
	struct thread *t = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);
	struct ls_queue *q = t ? queue_of(t) : NULL;
	struct socket_state *v = q ? make_state(sk) : NULL;

	if (v)
		own(v, t->slot, q);
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
	u64 file = file_at(task, fd), socket = file ? private_data_of(file) : 0;

	return socket ? word_at((void *)socket + bpf_core_field_offset(struct socket, sk)) : 0;
}

/* How long the queue was before this accept, and what was turned away since the last. */
static __always_inline void note_backlog(struct sock *sk, struct ls_listener *l, struct ls_queue *q)
{
	u32 length = BPF_CORE_READ(sk, sk_ack_backlog) + 1, drops = BPF_CORE_READ(sk, sk_drops.counter);

	q->refused += drops - l->drops;
	l->drops = drops;
	if (length <= q->backlog_most)
		return;
	q->backlog_most = length;
	q->backlog_limit = BPF_CORE_READ(sk, sk_max_ack_backlog);
}

static __always_inline void accepts_from(u64 listening, struct thread *t, struct ls_queue *q)
{
	struct ls_listener *l = bpf_map_lookup_elem(&listeners, &listening);

	if (!l)
		return;
	if (l->owner != t->slot || l->id != q->id)
		l->shared = loop_of(l->owner, l->id) != NULL;
	l->owner = t->slot;
	l->id = q->id;
	note_backlog((struct sock *)listening, l, q);
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
