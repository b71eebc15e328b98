/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of processes and threads. */
#ifndef LOOPSTALL_LIFE_BPF_H
#define LOOPSTALL_LIFE_BPF_H

#include "boundary.bpf.h"

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

/*
 * Does the thread end, by itself, outside of what its loop called? By returning from its function, or from main(): that is as deep as
 * libc's frames for it, some 700 bytes below where the stack began. Or about where the loop waits, or above that. At a Ctrl-C Python
 * ends itself with kill(), as deep as that.
 */
#define RETURN_BYTES 1024
#define EXIT_BYTES 256

static __always_inline bool exits_outside(struct thread *t, struct ls_slot *s, struct pt_regs *regs)
{
	long syscall = regs_syscall(regs);

	if (syscall == NR_EXIT)
		return true;
	return (syscall == NR_EXIT_GROUP || syscall == NR_KILL) &&
	       (regs_sp(regs) + RETURN_BYTES >= t->stack_start ||
		regs_sp(regs) + EXIT_BYTES >= t->loop.sp + s->wait_frame);
}

/*
 * The thread ends. A stall that it is killed in, or ends itself from inside its loop, was one: clients waited for it. No iteration is
 * what runs after the loop ended, nor a wait that a fatal signal ended, from which the thread never came back (a core may be dumped).
 */
static __always_inline void end_iteration(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = regs_of(t, task);

	if (t->phase != PHASE_BUSY || now - t->since < threshold_ns || loop_is_gone(t, task) || exits_outside(t, s, regs) ||
	    (regs_sp(regs) == t->loop.sp && wait_now(t, regs))) {
		discard_iteration(t, s);
		return;
	}
	if (has_steps(t))
		end_steps(t, task, now);
	add_iteration(t, s, task, now);
}

static __always_inline void leave_slot(struct task_struct *task, bool exits)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct ls_slot *s = t ? slot_of(t) : NULL;

	if (!s)
		return;
	if (exits)
		end_iteration(t, s, task, bpf_ktime_get_ns());
	else
		discard_iteration(t, s);
	close_slot(t, s, task);
}

/* A new program: neither its stack nor what it does has to do with the old one's loop. */
SEC("tp_btf/sched_process_exec") int BPF_PROG(on_exec, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	const struct wait_id none = {};
	struct ls_target *target;

	leave_slot(task, false);
	if (t) {
		adopt(t, &none);
		t->seeded_at = 0;
	}
	target = target_of(task);
	if (target && !target->follow_only) {
		target->wait_frame = 0;
		process_record(LS_RECORD_EXEC, tgid_seen_by_us(task), 0);
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}

SEC("tp_btf/sched_process_exit") int BPF_PROG(on_exit, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	u32 tgid = tgid_seen_by_us(task);

	leave_slot(task, true);
	if (untrusted(task)->signal->live.counter == 0 && bpf_map_lookup_elem(&targets, &tgid)) {
		bpf_map_delete_elem(&targets, &tgid);
		process_record(LS_RECORD_EXIT, tgid, 0);
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}

#endif
