/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contract between kernel and user space, fourth part: queue delay, how long sockets with data ready waited for the loop
 * thread to read from them, and whose work it was that they waited for. See events.h for the rules.
 */
#ifndef LOOPSTALL_QUEUE_H
#define LOOPSTALL_QUEUE_H

#include "events.h"

/* Of the shorter waits nobody is told: a socket counts as delayed from here on. */
#define LS_DELAYED_NS 1000000

/* Added to every instant in the sums: see queue.bpf.h. */
#define LS_TORN (1ULL << 56)

/* Of one loop: moved by whoever makes data ready, on any CPU. A cache line that the loop thread seldom writes to. */
struct ls_arrivals {
	ls_u64 id;         /* from user space: no two loops ever have the same */
	ls_u64 epoch;      /* counts the times when the loop slept although sockets waited: it does not ask for them */
	ls_u64 ready;      /* how often a socket became readable, less those that were read elsewhere or closed */
	ls_u64 sum;        /* of the instants of the former less those of the latter, each plus LS_TORN */
	ls_u64 iteration_first; /* the first instant in the open iteration; 0: none yet */
	ls_u64 step_first; /* in the open step */
	ls_u64 elsewhere;  /* read by another thread */
	ls_u64 closed;     /* with data that nobody read */
};

/* One loop thread, by the index of its slot, in a mmapable array. All but the first member is written by it alone. */
struct ls_queue {
	struct ls_arrivals in;

	ls_u64 id, epoch;  /* as in `in` */
	ls_u64 done;       /* how many sockets were read or given up: in.ready - done wait now */
	ls_u64 done_sum;   /* of these instants, each plus LS_TORN */
	ls_u64 step_since; /* when the last step began */
	ls_u32 iteration_old, step_old; /* sockets that wait since before the iteration or step began */
	ls_u64 iteration_longest; /* of the waits that ended in the open iteration: its part of them */
	ls_u64 area;       /* all waiting until the last look: the integral of in.ready - done over time */

	ls_u32 iteration_sockets; /* whose wait ended in the open iteration, after LS_DELAYED_NS and more in it */
	ls_u32 pad;
	ls_u64 iteration_area, step_area; /* as they began */
	ls_u64 iterations; /* that began, ... */
	ls_u64 gave_up_in; /* ... when sockets were given up last, and ... */
	ls_u64 gave_up_at; /* ... the instant */
	ls_u64 held_ns;    /* of area: in iterations of LS_DELAYED_NS and more, */
	ls_u64 stalled_ns; /* and of that: those that became stalls */
	ls_u64 early_ns;   /* of delay: before it was known that the socket is this loop's, or while the loop slept */

	ls_u64 unread;     /* sockets that were given up, as the loop does not ask for them */
	ls_u64 own_waits;  /* read by a handler that had itself waited for it: no queue delay */
	ls_u64 refused;    /* SYNs and ACKs dropped at its listeners: no room in the queue of connections to be accepted */
	ls_u32 backlog_most;  /* most connections that were in such a queue at an accept, and ... */
	ls_u32 backlog_limit; /* ... what its backlog is */
	struct ls_dist delay;
	struct ls_dist accept; /* connections, from established to accepted */
} __attribute__((aligned(64)));

/* A listening socket, by its address. */
struct ls_listener {
	ls_u64 id;     /* of the loop that accepts from it */
	ls_u32 owner;  /* its slot + 1; 0: not known */
	ls_u32 shared; /* several loops do: whose a connection will be is open */
	ls_u32 drops;  /* of the socket, when they were last looked at */
	ls_u32 pad;
};

LS_ASSERT(sizeof(struct ls_arrivals) == 64, "others' cache line");
LS_ASSERT(sizeof(struct ls_queue) % 8 == 0, "queues are an array of u64");

#endif
