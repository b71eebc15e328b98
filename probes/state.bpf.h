/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps and per-thread state that the objects share. The first object loaded makes the maps, the others reuse them. */
#ifndef LOOPSTALL_STATE_BPF_H
#define LOOPSTALL_STATE_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "events.h"

/* ---- knobs, set before loading; __u64 and not u64, as their types stand in the generated skeleton ---- */
const volatile __u64 threshold_ns = 10000000;
const volatile bool nested_pid_ns = false; /* loopstall runs in a container's pid namespace, ... */
__u32 pid_level = 0;                    /* ... this deep: find_pid_level() tells before anything is attached */
const volatile bool follow_forks = true;
const volatile bool trace_iterations = false;
const volatile bool queue_delay = false;  /* queue.bpf.c will be loaded */
const volatile bool requests = false;     /* request.bpf.c will be loaded */
const volatile bool direct_reads = false; /* bpf_rdonly_cast is there */

enum phase {
	PHASE_UNKNOWN = 0, /* no wait seen yet */
	PHASE_WAITING = 1,
	PHASE_BUSY = 2,
	PHASE_PARKED = 3,  /* an executor's worker asleep on a futex, or a loop that ended */
	PHASE_STARTING = 4, /* its loop has begun to run, and has neither waited nor called anything yet */
};

/*
 * Which wait this is. A loop is told from the waits inside its handlers by what it waits for, and by the user stack pointer:
 * see own_wait.bpf.h.
 */
struct wait_id {
	u64 sp;
	u64 object; /* the epoll instance or ring behind fd: a number is reused too easily */
	s32 fd;
	u32 family; /* first syscall of its family, enum ls_wait */
	s32 first;  /* poll, select: the first descriptor of the set; -1: not known */
	u32 count;  /* and how many; of a loop the most there were */
};

/*
 * The open task step (thread.step_stat says whether there is one), and what was learnt of the thread's steps. See task.h.
 * What each step needs comes first, to touch few cache lines.
 */
struct step {
	u64 number;     /* of the open one or the last */
	u64 since;
	u64 sp;         /* where asyncio's Handle._run calls Context.run; 0: not known */
	u64 iteration;  /* start of the iteration in which Context.run was called last */
	u64 generation; /* the window that it began in */
	u64 switches;   /* context switches so far, of both kinds, when the clocks were read */
	u64 clocks_in;  /* start of the iteration in which that was */
	u32 plan;       /* of its process */
	u32 owner;      /* see ls_task_stat */
	u64 context;    /* uvloop: PyContext_Exit with it ends the step */
	u64 open_sp;    /* of the call that began it */
	u32 entered;    /* uvloop: by PyContext_Enter; else by Context.run, and it has no end of its own */
	u32 hits;       /* of probes, not in its plan yet */
	u64 timed_at;   /* when the program that runs began, if it is timed; else 0 */

	/* The thread's clocks and counters as they stood at clocks_at, since when it has not left its CPU, but for the open step. */
	u64 clocks_at;
	u64 cpu_start, delay_start, sleeps_start, blocked_start, unwoken_start, nvcsw_start;
	u32 cpu_known;  /* cpu_start is good */
	u32 low_seen;   /* so many times in a row iterations' first call had ... */
	u64 low_sp;     /* ... this lower stack pointer */
	u64 run_in;     /* start of what its thread was in when its loop last began to run */
	u64 long_at;    /* end of the last long step whose handler is asked for */

	/* asyncio: Python frames around a step, to tell when one has ended that the probes see open still */
	u64 loop_frame;  /* that calls Handle._run; 0: not known */
	u64 loop_code;   /* its code object, ... */
	u64 handle_code; /* ... and that of Handle._run */
	u64 tstate, tstate_missed;
	u64 iterations; /* since these frames were learnt */
};

/* A step that has ended and is not booked yet. */
struct noted_step {
	u32 stat;
	u32 hold_ns;
};
#define NOTED_STEPS 64

struct thread {
	struct wait_id loop;
	u64 proven;     /* how often the loop's own wait was seen */
	struct wait_id deeper; /* the wait below the loop's that comes most lately */
	u64 deeper_seen;
	u64 deeper_since;

	u64 regs;       /* where its registers are while it is in the kernel; 0: not asked yet */
	u32 slot;       /* index + 1; 0: none yet */
	u32 phase;
	u64 since;      /* start of the phase */
	u32 step_stat;  /* index + 1 of the open step's stat; 0: no step is open */
	u32 noted;      /* steps in notes */
	struct step step; /* its hot part is one cache line: task storage begins 8 bytes after a line's beginning */
	u64 seeded_at;  /* when loopstall attached and found it outside any wait; 0: it did not */
	u64 before_ns;  /* how long it had then still been busy: not recorded yet ... */
	u64 before_cpu, before_delay; /* ... and its CPU and run-queue time meanwhile */

	/* the open iteration */
	u64 cpu_start, delay_start, sleeps_start;
	u64 sleeps; /* voluntary switches that were seen; the task counts them all */
	u64 blocked_ns, runqueue_ns;
	u64 unwoken_ns; /* of blocked_ns: sleeps whose wakeup was not seen, with the time on the run queue after it */
	u64 slept_ns; /* the sleep that has just ended */
	u64 gil_ns;    /* waits for the GIL in it that no look stands for, see look_asleep.bpf.h */
	u64 unseen_ns; /* sleep of the iteration that ended last, by what was left: nobody saw when it ended */
	u64 off_since;
	u32 off;        /* enum ls_off */
	u32 cpu_known;  /* cpu_start is good */

	s64 clock_skew; /* the scheduler's clock minus CLOCK_MONOTONIC at the last switch-in */
	u64 clock_known;
	u32 zero_wait;  /* the last wait had timeout 0 and returned nothing */
	u32 refused;    /* there was no slot for it: counted once */
	u32 waits;      /* the waits it was seen in */
	u32 threaded;   /* its process had more threads when its loop was learnt */
	u32 before_attach; /* the open iteration began before loopstall attached */
	u32 blocks;     /* its loop's wait was seen with a timeout that is not 0 */
	u32 restarts;   /* how often its slot was given up, as what had been taken for a loop was none */
	u32 pad;
	u64 nested_at;  /* start of the last wait inside an iteration */
	u64 stack_start; /* where its process' first stack began */
	struct noted_step notes[NOTED_STEPS];
};

/* ---- maps ---- */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* the kernel side adds to it at forks only, which may allocate */
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct ls_target);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct ls_slot);
} slots SEC(".maps");

struct { /* user space fills it, the kernel pops */
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(value, u32);
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LS_PROGRAMS);
	__type(key, u32);
	__type(value, struct ls_cost);
} costs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LS_LOSSES);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

/* ---- helpers ---- */

/*
 * Since 6.2 any address can be read as a typed pointer is: one instruction, a fault reads 0. The helpers for the same
 * cost 25 to 50 ns each, which is much at every boundary.
 */
extern void *bpf_rdonly_cast(const void *object, u32 type) __ksym __weak;

/*
 * To read a pointer from. Of one that is read from what it trusts, the verifier looks each time through the names of all of
 * the kernel's types, whether it may be trusted as well: 45 % of the time that loading took on 6.18.
 */
#define untrusted(p) \
	(direct_reads ? (typeof(p))bpf_rdonly_cast(p, bpf_core_type_id_kernel(typeof(*(p)))) : (p))

static __always_inline void lose(u32 kind)
{
	u64 *n = bpf_map_lookup_elem(&losses, &kind);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* Counts a run; the start of the timed ones, else 0. */
static __always_inline u64 cost_begin(u32 program)
{
	struct ls_cost *c = bpf_map_lookup_elem(&costs, &program);

	if (!c)
		return 0;
	return (c->hits++ & 63) ? 0 : bpf_ktime_get_ns();
}

static __always_inline void cost_end(u32 program, u64 start)
{
	struct ls_cost *c;

	if (!start)
		return;
	c = bpf_map_lookup_elem(&costs, &program);
	if (!c)
		return;
	c->timed_ns += bpf_ktime_get_ns() - start;
	c->timed_hits++;
}

static __always_inline void fill_head(struct ls_record *head, u32 kind, u32 size, u64 now, u32 slot, u32 pid)
{
	head->size = size;
	head->kind = kind;
	head->at_ns = now;
	head->slot = slot;
	head->pid = pid;
}

/* A task's id in loopstall's pid namespace: struct pid holds one for each level that can see it. */
static __always_inline u32 pid_seen_by_us(struct task_struct *task)
{
	struct pid *pid = untrusted(task)->thread_pid;
	int nr = 0;

	if (!nested_pid_ns)
		return task->pid;
	if (pid && pid_level <= BPF_CORE_READ(pid, level))
		bpf_probe_read_kernel(&nr, sizeof(nr), (void *)pid + bpf_core_field_offset(pid->numbers) +
							       pid_level * bpf_core_type_size(struct upid));
	return nr;
}

static __always_inline u32 tgid_seen_by_us(struct task_struct *task)
{
	return nested_pid_ns ? pid_seen_by_us(task->group_leader) : (u32)task->tgid;
}

static __always_inline struct ls_target *target_of(struct task_struct *task)
{
	u32 tgid = tgid_seen_by_us(task);

	return bpf_map_lookup_elem(&targets, &tgid);
}

/* Its threads are measured. */
static __always_inline bool in_target(struct task_struct *task)
{
	struct ls_target *target = target_of(task);

	return target && !target->follow_only;
}

static __always_inline bool has_threads(struct task_struct *task)
{
	return untrusted(task)->signal->live.counter > 1;
}

static __always_inline struct ls_slot *slot_of(struct thread *t)
{
	u32 index = t->slot - 1;

	return t->slot ? bpf_map_lookup_elem(&slots, &index) : NULL;
}

/*
 * A task's state if it is one of ours. Before 6.2 (commit e8b02296a6b8) a lookup fails while this CPU is inside another
 * one: then the task has storage, though not in our eyes. (Another tool's storage on a target's late thread counts here
 * too: the loss is an upper bound.)
 */
static __always_inline struct thread *thread_of(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);

	if (!t && untrusted(task)->bpf_storage && in_target(task))
		lose(LS_LOSS_STORAGE);
	return t;
}

static __always_inline struct thread *thread_made(struct task_struct *task)
{
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);

	if (t || !in_target(task))
		return t;
	t = bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		lose(LS_LOSS_THREADS);
	return t;
}

/*
 * CPU time of the running task. sum_exec_runtime and exec_start move together at each tick, so read until neither moved.
 */
static __always_inline u64 cpu_clock(struct task_struct *task, struct thread *t, u64 now)
{
	u64 start = task->se.exec_start, sum = task->se.sum_exec_runtime;
	s64 slice;

	if (task->se.exec_start != start) {
		start = task->se.exec_start;
		sum = task->se.sum_exec_runtime;
	}
	slice = (s64)(now + t->clock_skew - start);
	return slice > 0 ? sum + slice : sum;
}

#endif
