// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Boundaries: where an iteration begins (a loop wait returns) and ends (the next one is entered), and the life of
 * processes and threads. Constant time: two map look-ups and a bucket.
 *
 * Two programs serve the whole wait family: user space attaches each to the tracepoints of the syscalls that the
 * targets use, and the registers tell which one it is.
 */
#include "iteration.bpf.h"
#include "task.bpf.h"
#include "wait.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* When another wait that keeps coming, without the loop's own, counts as the loop: see moved_to(). */
#define UNPROVEN_REPEATS 3
#define SETTLED 32
#define MOVED_REPEATS 256
#define MOVED_NS 5000000000ULL

/* ---- slots ---- */

static __always_inline void loop_record(u32 kind, u32 slot, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct ls_record_loop *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		lose(LS_LOSS_RECORDS);
		return;
	}
	fill_head(&r->head, kind, sizeof(*r), now, slot, s->pid);
	r->tid = s->tid;
	r->wait = s->wait;
	r->wait_fd = s->wait_fd;
	r->pad = 0;
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), task->comm);
	bpf_ringbuf_submit(r, BPF_RB_FORCE_WAKEUP);
}

static __always_inline u32 wait_frame_of(struct ls_slot *s, struct task_struct *task)
{
	struct ls_target *target;

	if (s)
		return s->wait_frame;
	target = target_of(task);
	return target ? target->wait_frame : 0;
}

/* A slot for a thread that is seen to wait again and again. User space cleared it before it queued it. */
static __noinline int open_slot(struct thread *t, struct task_struct *task, u32 wait, u64 now)
{
	struct ls_slot *s;
	u32 index;

	if (!t || !task)
		return 0;
	if (bpf_map_pop_elem(&free_slots, &index)) {
		if (!t->refused++)
			lose(LS_LOSS_LOOPS);
		return 0;
	}
	s = bpf_map_lookup_elem(&slots, &index);
	if (!s)
		return 0;
	s->wait_frame = wait_frame_of(NULL, task);
	s->pid = tgid_seen_by_us(task);
	s->tid = pid_seen_by_us(task);
	s->kernel_tid = task->pid;
	s->wait = wait;
	s->wait_fd = t->loop.fd;
	t->slot = index + 1;
	loop_record(LS_RECORD_LOOP_OPENED, index, s, task, now);
	return 1;
}

/*
 * A thread that ran when loopstall attached and only now comes to its loop's wait was in an iteration all the while,
 * if its loop existed then: an epoll instance tells; without one it may just have been starting up.
 */
static __always_inline void record_before_attach(struct thread *t, struct ls_slot *s, struct task_struct *task)
{
	struct ls_split split = {.cpu_ns = t->before_cpu, .runqueue_ns = t->before_delay};
	struct ls_delayed delayed = {};
	u64 known = t->before_cpu + t->before_delay;
	struct ls_target *target = target_of(task);

	if (!t->before_ns || t->before_ns < threshold_ns || t->loop.family != LS_WAIT_EPOLL_WAIT || !target)
		return;
	if (t->before_ns > known)
		split.blocked_ns = t->before_ns - known;
	if ((u32)t->loop.fd < 64 && (target->epolls >> (u32)t->loop.fd & 1))
		stall_record(t, s, t->seeded_at + t->before_ns, t->seeded_at, &split, &delayed,
			     LS_STALL_BEFORE_ATTACH);
}

/* ---- an iteration that was open when loopstall attached ---- */

/*
 * What was neither CPU time nor run-queue delay since then was sleep. A thread that has not run at all meanwhile is in
 * one sleep since before.
 */
static __always_inline void book_since_attach(struct thread *t, struct task_struct *task, u64 now, bool asleep)
{
	u64 elapsed = now - t->since, delay = has_run_delay(task) ? run_delay(task) - t->delay_start : 0, rest, cpu;

	t->runqueue_ns = delay < elapsed ? delay : elapsed;
	rest = elapsed - t->runqueue_ns;
	cpu = asleep ? task->se.sum_exec_runtime - t->cpu_start : t->clock_known ? cpu_since_start(t, task, now, rest) : rest;
	t->blocked_ns = cpu && cpu < rest ? rest - cpu : 0;
	t->off = asleep ? LS_OFF_BLOCKED : LS_OFF_NO;
	t->off_since = !asleep ? 0 : cpu || t->runqueue_ns ? now : t->since;
	t->cpu_known = asleep || t->clock_known;
}

/*
 * The slot's loop is busy since loopstall attached. The thread most often sleeps or spins for long already; should it move
 * on in this very microsecond, its next wait puts things right.
 */
static __always_inline void busy_from_attach(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 since)
{
	t->since = since;
	queue_iteration_begins(t, bpf_ktime_get_ns());
	t->seeded_at = 0;
	t->unwoken_ns = t->sleeps = t->slept_ns = 0;
	t->sleeps_start = task->nvcsw;
	book_since_attach(t, task, bpf_ktime_get_ns(), task_state(task) != 0);
	t->before_attach = s->before_attach = 1;
	t->phase = PHASE_BUSY;
	s->open_user = s->fine_user;
	s->open_kernel = s->fine_kernel;
	s->open_blocked = t->blocked_ns;
	s->open_runqueue = t->runqueue_ns;
	s->off_since = t->off_since;
	s->off = t->off;
	s->wait_since = 0;
	s->busy_since = since;
}

/* ---- whose wait is it ---- */

static __always_inline void adopt(struct thread *t, const struct wait_id *id)
{
	discard_iteration(t, slot_of(t));
	t->loop = *id;
	t->proven = 0;
	t->deeper_seen = 0;
	t->step.sp = 0;
	t->phase = PHASE_UNKNOWN;
}

/* A wait that looks nested: has the loop moved there? Only if it keeps coming without the loop's own. */
static __always_inline bool moved_to(struct thread *t, const struct wait_id *id, u64 now)
{
	if (!same_wait(&t->deeper, id)) {
		t->deeper = *id;
		t->deeper_seen = 0;
		t->deeper_since = now;
	}
	t->deeper_seen++;
	if (t->proven < 2)
		return t->deeper_seen >= UNPROVEN_REPEATS;
	return t->deeper_seen >= MOVED_REPEATS && now - t->deeper_since >= MOVED_NS;
}

/* All the time since loopstall attached belongs to one iteration. Its CPU time is good to a tick; the rest is sleep. */
static __always_inline void busy_since_attach(struct thread *t, struct task_struct *task, u64 now)
{
	t->before_ns = now - t->seeded_at;
	t->before_delay = has_run_delay(task) ? run_delay(task) - t->delay_start : 0;
	if (t->before_delay > t->before_ns)
		t->before_delay = t->before_ns;
	t->before_cpu = t->clock_known ? cpu_since_start(t, task, now, t->before_ns - t->before_delay)
				       : t->before_ns - t->before_delay;
}

/*
 * Does another wait look nested in the loop's handlers? It does if it is deeper on the stack (stacks grow down). A wait
 * function with a large frame of its own (libuv's poll: 12 KiB and more) makes handlers that run outside it look higher,
 * so that much is allowed for. Besides, a loop that has waited often on an epoll instance that is still open has not
 * ended.
 */
static __always_inline bool looks_nested(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					 struct task_struct *task)
{
	return id->sp < t->loop.sp + wait_frame_of(s, task) || (t->proven >= SETTLED && has_object(t->loop.family));
}

/*
 * A handler may be in a poll when loopstall attaches. Deeper than that stands an epoll_wait only if its caller has a wait frame,
 * as in libuv, which polls for nothing but its handlers. Other callers' frames are not known: there the epoll instance is the
 * better guess as long as the poll was not seen twice.
 */
static __always_inline bool is_better_guess(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					    struct task_struct *task)
{
	return has_object(id->family) && !has_object(t->loop.family) && (t->proven < 2 || wait_frame_of(s, task));
}

/*
 * From a process' first pthread_create on libc's waits take another path (they become points of cancellation), and the
 * same call stands a little lower: 40 bytes in glibc 2.36. A wait on the same epoll instance that is nested in a handler
 * is further away than this. A poll() in a small function of C is not: that is believed once only, right after the
 * process got its second thread.
 */
#define SAME_CALL_BYTES 128

static __always_inline bool moved_a_little(struct thread *t, const struct wait_id *id, struct task_struct *task)
{
	bool first = !t->threaded && has_threads(task);

	if (!same_object(&t->loop, id) || id->sp + SAME_CALL_BYTES < t->loop.sp || t->loop.sp + SAME_CALL_BYTES < id->sp)
		return false;
	t->threaded |= first;
	return has_object(id->family) || first;
}

/*
 * Is this wait the loop's own? Learns on the way: a wait higher on the stack than the loop's shows that what was taken
 * for the loop was nested or has ended; so does the loss of the loop's epoll file.
 */
static __always_inline bool is_boundary(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					struct task_struct *task, u64 now)
{
	bool known = t->loop.family != 0;

	if (!t->loop.sp && same_object(&t->loop, id)) /* presumed: it was never seen in its wait */
		t->loop.sp = id->sp;
	if (known && s && (s->traits & LS_TRAIT_EXECUTOR) && id->fd == t->loop.fd && id->object == t->loop.object)
		t->loop.sp = id->sp;
	if (known && same_wait(&t->loop, id)) {
		t->deeper_seen = 0;
		return true;
	}
	if (known && moved_a_little(t, id, task)) {
		t->loop.sp = id->sp;
		t->deeper_seen = 0;
		return true;
	}
	if (known && looks_nested(t, s, id, task) && !loop_is_gone(t, task) && !is_better_guess(t, s, id, task) &&
	    !moved_to(t, id, now))
		return false;
	if (t->seeded_at && !t->slot && id->sp > t->loop.sp)
		busy_since_attach(t, task, now);
	adopt(t, id);
	t->threaded = has_threads(task);
	return true;
}

/* libuv: what came between an empty poll with timeout 0 and the blocking wait right after it is no iteration. */
static __always_inline bool one_wait(struct thread *t, struct ls_slot *s, struct pt_regs *regs, u64 now)
{
	return (s->traits & LS_TRAIT_ZERO_THEN_BLOCK) && t->zero_wait && (s32)regs_arg3(regs) != 0 &&
	       now - t->since < 100000;
}

static __always_inline void close_iteration(struct thread *t, struct ls_slot *s, struct task_struct *task,
					    struct pt_regs *regs, u64 now)
{
	if (t->phase != PHASE_BUSY)
		return;
	if (t->step_stat)
		end_step(t, task, now);
	if (!one_wait(t, s, regs, now)) {
		add_iteration(t, s, task, now);
		return;
	}
	s->busy_since = 0;
	s->idle_ns += now - t->since;
}

static __always_inline void describe_wait(struct thread *t, struct ls_slot *s, const struct wait_id *id,
					  struct task_struct *task, struct pt_regs *regs, u32 wait)
{
	s->wait = wait;
	s->wait_fd = id->fd;
	if (s->traits & LS_TRAIT_CONFIRMED || has_object(id->family))
		return;
	note_set(s, regs, id->family);
	if (s->set_nfds <= s->set_announced)
		return;
	s->set_announced = s->set_nfds;
	loop_record(LS_RECORD_LOOP_SET, t->slot - 1, s, task, bpf_ktime_get_ns());
}

static __always_inline struct thread *thread_made(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);

	if (t || !target_of(task))
		return t;
	t = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		lose(LS_LOSS_THREADS);
	return t;
}

/* A poll that a signal stopped goes on as restart_syscall, with its registers as they were. */
static __always_inline u32 wait_now(struct thread *t, struct pt_regs *regs)
{
	if (regs_syscall(regs) == NR_RESTART_SYSCALL && t->loop.family == LS_WAIT_POLL)
		return LS_WAIT_POLL;
	return wait_kind(regs);
}

/* The waits that no target is seen in need no tracepoint: user space looks at this. */
static __always_inline void note_wait(struct thread *t, struct task_struct *task, u32 wait)
{
	struct ls_target *target;

	if (t->waits & 1U << wait)
		return;
	t->waits |= 1U << wait;
	target = target_of(task);
	if (target)
		target->waits |= 1U << wait;
}

static __always_inline void wait_enter(struct task_struct *task)
{
	struct thread *t = thread_made(task);
	struct pt_regs *regs;
	struct wait_id id;
	struct ls_slot *s;
	u64 now;
	u32 wait;

	if (!t)
		return;
	regs = regs_of(t, task);
	wait = wait_now(t, regs);
	if (!wait)
		return;
	note_wait(t, task, wait);
	now = bpf_ktime_get_ns();
	identify(&id, task, regs, wait);
	s = slot_of(t);
	if (!is_boundary(t, s, &id, task, now)) {
		t->nested_at = now;
		return;
	}
	t->proven++;
	if (!s && t->proven >= 2 && open_slot(t, task, wait, now)) {
		s = slot_of(t);
		if (s)
			record_before_attach(t, s, task);
	}
	if (s) {
		describe_wait(t, s, &id, task, regs, wait);
		close_iteration(t, s, task, regs, now);
	}
	begin_wait(t, s, now);
	t->zero_wait = (s32)regs_arg3(regs) == 0;
}

static __always_inline void wait_exit(struct task_struct *task)
{
	struct thread *t = thread_of(task);
	struct pt_regs *regs;
	struct ls_slot *s;
	long ready;
	u64 now;

	if (!t || t->phase != PHASE_WAITING)
		return;
	regs = regs_of(t, task);
	if (regs_sp(regs) != t->loop.sp || !wait_now(t, regs))
		return;
	now = bpf_ktime_get_ns();
	ready = regs_ret(regs);
	s = slot_of(t);
	if (s) {
		s->idle_ns += now - t->since;
		s->events += ready > 0 ? ready : 0;
	}
	t->zero_wait = t->zero_wait && ready == 0;
	begin_iteration(t, s, task, now);
}

SEC("tracepoint") int on_wait_enter(void *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_ENTER);

	wait_enter(bpf_get_current_task_btf());
	cost_end(LS_PROG_WAIT_ENTER, cost);
	return 0;
}

SEC("tracepoint") int on_wait_exit(void *ctx)
{
	u64 cost = cost_begin(LS_PROG_WAIT_EXIT);

	wait_exit(bpf_get_current_task_btf());
	cost_end(LS_PROG_WAIT_EXIT, cost);
	return 0;
}

/* ---- read once: our own pid namespace, and the threads that are in a wait right now ---- */

SEC("iter/task") int find_pid_level(struct bpf_iter__task *ctx)
{
	if (!ctx->meta->seq_num)
		pid_level = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid, level);
	return 0;
}

static struct thread fresh; /* too big for the stack; one iterator runs at a time */

static __always_inline void seed(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct thread *t;
	struct ls_slot *s;
	u32 wait;

	if (!target_of(task))
		return;
	wait = task_state(task) || (!task->on_cpu && in_syscall(regs)) ? wait_kind(regs) : LS_WAIT_NONE;
	t = bpf_task_storage_get(&threads, task, 0, 0);
	if (t && wait)
		note_wait(t, task, wait);
	if (t)
		return;
	__builtin_memset(&fresh, 0, sizeof(fresh));
	fresh.since = bpf_ktime_get_ns();
	fresh.seeded_at = wait ? 0 : fresh.since;
	fresh.cpu_start = task->se.sum_exec_runtime;
	fresh.delay_start = has_run_delay(task) ? run_delay(task) : 0;
	fresh.threaded = has_threads(task);
	if (wait) {
		identify(&fresh.loop, task, regs, wait);
		fresh.proven = 2;
		fresh.phase = PHASE_WAITING;
	}
	/* made whole in one step: the thread may wake up on another CPU meanwhile */
	t = bpf_task_storage_get(&threads, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t || !wait)
		return;
	note_wait(t, task, wait);
	if (!open_slot(t, task, wait, t->since))
		return;
	s = slot_of(t);
	if (s && task_state(task) & (TASK_STOPPED | TASK_TRACED)) /* on the way out of the wait */
		busy_from_attach(t, s, task, t->since);
	else if (s)
		s->wait_since = t->since;
}

SEC("iter/task") int seed_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task)
		seed(task);
	return 0;
}

/* ---- asked by user space: a loop that was stuck when loopstall attached ---- */

__u32 presumed_tid = 0; /* its thread; 0 when that was done */
__s32 presumed_epoll = 0;

/* Never seen to wait, or in a single poll or select since loopstall attached. */
static __always_inline bool may_be_stuck(struct thread *t)
{
	struct ls_slot *s = slot_of(t);

	if (!s)
		return t->seeded_at && !t->loop.family;
	return t->phase == PHASE_WAITING && t->proven == 2 && !s->iterations && !s->discarded && !has_object(t->loop.family);
}

static __always_inline void presume(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	u64 since = t ? t->seeded_at ? t->seeded_at : t->since : 0;
	struct ls_slot *s;

	if (!t || !may_be_stuck(t))
		return;
	t->loop.sp = 0;
	t->loop.fd = presumed_epoll;
	t->loop.family = LS_WAIT_EPOLL_WAIT;
	t->loop.object = object_of(task, presumed_epoll);
	t->proven = SETTLED;
	if (!t->slot && !open_slot(t, task, LS_WAIT_EPOLL_WAIT, since))
		return;
	s = slot_of(t);
	if (!s)
		return;
	s->wait = LS_WAIT_EPOLL_WAIT;
	s->wait_fd = presumed_epoll;
	busy_from_attach(t, s, task, since);
	presumed_tid = 0;
}

SEC("iter/task") int presume_loop(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && presumed_tid && pid_seen_by_us(task) == presumed_tid)
		presume(task);
	return 0;
}

/* ---- the life of processes and threads ---- */

static __always_inline void process_record(u32 kind, u32 pid, u32 parent)
{
	struct ls_record_process *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		lose(LS_LOSS_RECORDS);
		return;
	}
	fill_head(&r->head, kind, sizeof(*r), bpf_ktime_get_ns(), 0, pid);
	r->parent = parent;
	r->pad = 0;
	bpf_ringbuf_submit(r, BPF_RB_FORCE_WAKEUP);
}

SEC("tp_btf/sched_process_fork") int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	const struct ls_target none = {};
	u32 pid;

	if (follow_forks && child->tgid != parent->tgid && target_of(parent)) {
		pid = pid_seen_by_us(child);
		if (bpf_map_update_elem(&targets, &pid, &none, BPF_ANY))
			lose(LS_LOSS_THREADS);
		process_record(LS_RECORD_FORK, pid, tgid_seen_by_us(parent));
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}

/* A new program: its stack has nothing to do with the old one's loop. */
SEC("tp_btf/sched_process_exec") int BPF_PROG(on_exec, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	const struct wait_id none = {};
	struct ls_target *target;

	if (t) {
		adopt(t, &none);
		t->seeded_at = 0;
	}
	target = target_of(task);
	if (target) {
		target->wait_frame = 0;
		process_record(LS_RECORD_EXEC, tgid_seen_by_us(task), 0);
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}

static __always_inline void thread_ends(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct ls_slot *s = t ? slot_of(t) : NULL;
	u32 slot;

	if (!s)
		return;
	discard_iteration(t, s);
	s->wait_since = 0;
	slot = t->slot - 1;
	t->slot = 0;
	loop_record(LS_RECORD_LOOP_CLOSED, slot, s, task, bpf_ktime_get_ns());
}

SEC("tp_btf/sched_process_exit") int BPF_PROG(on_exit, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	u32 tgid = tgid_seen_by_us(task);

	thread_ends(task);
	if (task->signal->live.counter == 0 && bpf_map_lookup_elem(&targets, &tgid)) {
		bpf_map_delete_elem(&targets, &tgid);
		process_record(LS_RECORD_EXIT, tgid, 0);
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}
