/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of processes and threads. */
#ifndef LOOPSTALL_LIFE_BPF_H
#define LOOPSTALL_LIFE_BPF_H

#include "own_wait.bpf.h"

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

static __always_inline void close_slot(struct task_struct *task)
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

/* A new program: neither its stack nor what it does has to do with the old one's loop. */
SEC("tp_btf/sched_process_exec") int BPF_PROG(on_exec, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	const struct wait_id none = {};
	struct ls_target *target;

	close_slot(task);
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

SEC("tp_btf/sched_process_exit") int BPF_PROG(on_exit, struct task_struct *task)
{
	u64 cost = cost_begin(LS_PROG_LIFE);
	u32 tgid = tgid_seen_by_us(task);

	close_slot(task);
	if (untrusted(task)->signal->live.counter == 0 && bpf_map_lookup_elem(&targets, &tgid)) {
		bpf_map_delete_elem(&targets, &tgid);
		process_record(LS_RECORD_EXIT, tgid, 0);
	}
	cost_end(LS_PROG_LIFE, cost);
	return 0;
}

#endif
