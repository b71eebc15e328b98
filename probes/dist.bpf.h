/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A value into a histogram that one thread alone writes. */
#ifndef LOOPSTALL_DIST_BPF_H
#define LOOPSTALL_DIST_BPF_H

#include "state.bpf.h"

static __always_inline void widen(struct ls_dist *d, u64 ns)
{
	if (ns > d->max_ns)
		d->max_ns = ns;
	if (ns < d->min_ns || !d->min_ns)
		d->min_ns = ns ? ns : 1;
}

static __always_inline void count(struct ls_dist *d, u32 b, u64 ns)
{
	/* The compiler knows that b is in bounds and drops the test; the verifier does not know and needs it. */
	barrier_var(b);
	if (b >= LS_BUCKETS)
		return;
	d->buckets[b].count++;
	d->buckets[b].sum += ns;
	widen(d, ns);
}

#endif
