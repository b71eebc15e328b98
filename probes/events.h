/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only contract between kernel and user space: fixed-width PODs, explicit numbers, a size prefix on every
 * record. All times are CLOCK_MONOTONIC ns; pids are those of the pid namespace that loopstall runs in.
 */
#ifndef LOOPSTALL_EVENTS_H
#define LOOPSTALL_EVENTS_H

#ifdef __cplusplus
#include <cstdint>
#define LS_ASSERT static_assert
typedef std::uint8_t ls_u8;
typedef std::uint32_t ls_u32;
typedef std::int32_t ls_s32;
typedef std::uint64_t ls_u64;
#else
#define LS_ASSERT _Static_assert
typedef unsigned char ls_u8;
typedef unsigned int ls_u32;
typedef int ls_s32;
typedef unsigned long long ls_u64;
#endif

#include "buckets.h"

#define LS_MAX_LOOPS 128 /* user space makes less room where that will do: slots take 68 KiB each, queues as much, looks 33 */
#define LS_SET_MEMBERS 32 /* of a poll or select set: the first; of an epoll set two */

/* The wait family. The numbers are model/values.h's Wait. */
enum ls_wait {
	LS_WAIT_NONE = 0,
	LS_WAIT_EPOLL_WAIT = 1,
	LS_WAIT_EPOLL_PWAIT = 2,
	LS_WAIT_EPOLL_PWAIT2 = 3,
	LS_WAIT_POLL = 4,
	LS_WAIT_PPOLL = 5,
	LS_WAIT_SELECT = 6,
	LS_WAIT_PSELECT6 = 7,
	LS_WAIT_IO_URING_ENTER = 8,
};

/* What user space tells the kernel about a loop, in ls_slot.traits. */
enum ls_trait {
	LS_TRAIT_CONFIRMED = 1 << 0,      /* it is a loop: its descriptors need not be reported any more */
	LS_TRAIT_ZERO_THEN_BLOCK = 1 << 1, /* libuv: an empty poll with timeout 0 just before the blocking one */
	LS_TRAIT_EXECUTOR = 1 << 2,       /* tokio, asio: futex sleeps park a worker; the depth of the wait varies */
	LS_TRAIT_WAIT_SEEN = 1 << 3,      /* the stack in its wait is known: no look at it is needed */
	LS_TRAIT_WORKS_ON_READ = 1 << 4,  /* a request's work follows its read; in asyncio it is done later */
	LS_TRAIT_REENTERS = 1 << 5,       /* asyncio: programs make it run in its own handlers */
};

enum ls_off {
	LS_OFF_NO = 0,       /* on a CPU */
	LS_OFF_RUNQUEUE = 1, /* runnable, without a CPU */
	LS_OFF_BLOCKED = 2,  /* asleep */
};

struct ls_split {
	ls_u64 cpu_ns;
	ls_u64 blocked_ns;
	ls_u64 runqueue_ns;
	ls_u64 user_samples;
	ls_u64 kernel_samples;
};

/* The numbers are model/waited.h's Waited::Kind. */
enum ls_member_kind {
	LS_MEMBER_PIPE = 1,
	LS_MEMBER_SOCKET = 2,
	LS_MEMBER_OTHER = 3,
};

/* A descriptor of a poll, select or epoll set, and what stood behind it when that was waited for. */
struct ls_member {
	ls_s32 fd;
	ls_u32 kind; /* enum ls_member_kind */
	ls_u64 inode;
};

struct ls_bucket {
	ls_u64 count;
	ls_u64 sum;
};

struct ls_dist {
	ls_u64 min_ns;
	ls_u64 max_ns;
	struct ls_bucket buckets[LS_BUCKETS];
};

/*
 * One loop thread, in a mmapable array. Written by the thread itself (at its waits and switches) under seq,
 * which is odd while an iteration is being added; user space writes only traits and want.
 */
struct ls_slot {
	/* What user space must see at once: the first cache line. */
	ls_u64 seq;
	ls_u64 busy_since;    /* start of the open iteration; 0: none */
	ls_u64 wait_since;    /* start of the open loop wait; 0: none */
	ls_u64 iterations;
	ls_u64 open_blocked;  /* of the open iteration, up to its last switch */
	ls_u64 open_runqueue;
	ls_u64 off_since;     /* when it lost the CPU inside the open iteration */
	ls_u32 off;           /* enum ls_off */
	ls_u32 traits;        /* enum ls_trait, from user space */

	ls_u32 pid, tid;      /* in loopstall's namespace */
	ls_u32 kernel_tid;    /* in the initial one, as the timer compares it */
	ls_u32 wait;          /* enum ls_wait */
	ls_s32 wait_fd;       /* epoll or ring; -1 for poll and select */
	ls_u32 wait_frame;    /* from user space: stack that the wait's caller takes and handlers run without */
	ls_u64 stack_end;     /* from user space: no call of the thread stands higher on its stack; 0: not known */
	ls_u32 set_announced; /* descriptors of the largest set that user space was told of */
	ls_u32 set_nfds;      /* of the largest set since user space last looked and set this to 0 */
	ls_u32 before_attach; /* the open iteration began before loopstall attached: busy_since says when that was */
	ls_u32 set_members;   /* so many of it are in set */
	struct ls_member set[LS_SET_MEMBERS]; /* what it waits for while unconfirmed */

	ls_u64 busy_ns, idle_ns, events, stalls, discarded;
	ls_u64 stall_records_lost, split_incomplete, trace_lost;
	struct ls_split split;       /* samples: only those on the even grid, so that they stand for all busy time */
	ls_u64 fine_user, fine_kernel; /* every clock sample ... */
	ls_u64 open_user, open_kernel; /* ... and how many when the open iteration began */
	struct ls_dist busy, own;
};

/* A watched process, by its tgid in loopstall's pid namespace. */
struct ls_target {
	ls_u64 epolls; /* which of its descriptors 0..63 were epoll instances when loopstall attached */
	ls_u32 waits;  /* the waits it was seen in, a bit per enum ls_wait */
	ls_u32 wait_frame; /* as its loops' slots will have it, if its runtime was known beforehand */
	ls_u32 follow_only; /* a parent that holds a port for its workers: they are targets, its own threads are not measured */
	ls_u32 pad;
};

/* Run counts of one program on one CPU; every 64th run is timed. */
struct ls_cost {
	ls_u64 hits;
	ls_u64 timed_hits;
	ls_u64 timed_ns;
};

enum ls_program {
	LS_PROG_WAIT_ENTER = 0,
	LS_PROG_WAIT_EXIT = 1,
	LS_PROG_LIFE = 2,
	LS_PROG_SWITCH = 3,
	LS_PROG_WAKEUP = 4,
	LS_PROG_TIMER = 5,
	LS_PROG_TASK = 6, /* on probes in the target: the trap is not in its time */
	LS_PROG_QUEUE = 7, /* those of other programs' sockets are left alone before they are counted */
	LS_PROG_REQUEST = 8,
	LS_PROGRAMS = 9,
};

/* What is lost beside a slot, by kind. */
enum ls_loss {
	LS_LOSS_LOOPS = 0,    /* no free slot */
	LS_LOSS_THREADS = 1,  /* no memory for a thread's state */
	LS_LOSS_STORAGE = 2,  /* task storage was busy */
	LS_LOSS_RECORDS = 3,  /* a record other than a stall did not fit */
	LS_LOSS_SAMPLES = 4,  /* a look that did not fit */
	LS_LOSS_LOOKS_WITHHELD = 5, /* by the budget */
	LS_LOSS_TASKS = 6,        /* a step under "other": there were too many different tasks */
	LS_LOSS_TASK_BUCKETS = 7, /* a step counted, but missing in its task's percentiles: no room for more buckets */
	LS_LOSS_STEPS = 8,        /* a step that was open when its probes went, or whose loop ended: not counted */
	LS_LOSS_STEP_RECORDS = 9, /* a long step whose record did not fit: counted, its handler is not told */
	LS_LOSS_SOCKETS = 10,     /* a socket whose queue delay is not measured: no memory for its state */
	LS_LOSSES = 11,
};

enum ls_record_kind {
	LS_RECORD_LOOP_OPENED = 1,
	LS_RECORD_LOOP_CLOSED = 2,
	LS_RECORD_STALL = 3,
	LS_RECORD_FORK = 4,
	LS_RECORD_EXEC = 5,
	LS_RECORD_EXIT = 6,
	LS_RECORD_ITERATION = 7,
	LS_RECORD_LOOP_SET = 8, /* an unconfirmed loop waits for more descriptors than before: see ls_slot.set */
	LS_RECORD_SAMPLE = 9,   /* see sample.h; in a ring of its own */
	LS_RECORD_TASK = 10,    /* see task.h */
	LS_RECORD_STEP = 11,
};

struct ls_record {
	ls_u32 size; /* of the whole record */
	ls_u32 kind;
	ls_u64 at_ns;
	ls_u32 slot; /* where it is about a loop */
	ls_u32 pid;
};

struct ls_record_loop { /* LOOP_OPENED, LOOP_CLOSED, LOOP_SET */
	struct ls_record head;
	ls_u32 tid;
	ls_u32 wait;
	ls_s32 wait_fd;
	ls_u32 pad;
	char comm[16];
};

#define LS_STALL_BEFORE_ATTACH 1

/* What sockets with data ready waited meanwhile: see queue.h. Zeros where that is not measured. */
struct ls_delayed {
	ls_u64 total_ns; /* of all of them */
	ls_u64 max_ns;   /* of one */
	ls_u32 sockets;
	ls_u32 pad;
};

struct ls_record_stall {
	struct ls_record head;
	ls_u64 iteration;
	ls_u64 start_ns;
	ls_u64 busy_ns;
	struct ls_split split;
	struct ls_delayed delayed;
	ls_u64 gil_ns; /* of blocked_ns: short waits for the GIL that were not looked at */
	ls_u32 flags;
	ls_u32 pad;
};

struct ls_record_process { /* FORK (pid: the child), EXEC, EXIT */
	struct ls_record head;
	ls_u32 parent;
	ls_u32 pad;
};

struct ls_record_iteration {
	struct ls_record head;
	ls_u64 start_ns;
	ls_u64 runqueue_ns;
};

LS_ASSERT(sizeof(struct ls_record) == 24, "record head");
LS_ASSERT(sizeof(struct ls_record_loop) == 56, "loop record");
LS_ASSERT(sizeof(struct ls_record_stall) == 128, "stall record");
LS_ASSERT(sizeof(struct ls_record_process) == 32, "process record");
LS_ASSERT(sizeof(struct ls_record_iteration) == 40, "iteration record");
LS_ASSERT(sizeof(struct ls_member) == 16, "member of a set");
LS_ASSERT(sizeof(struct ls_slot) % 8 == 0, "slots are an array of u64");

#endif
