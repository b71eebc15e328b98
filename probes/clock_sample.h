/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How far apart a loop's clock samples are, by the age of the iteration: each time half as long to one and a half times as
 * long as it says here, at random; but in an iteration younger than half of the coarse interval the next one comes before it
 * is a whole one old. Also for src/check, which knows from it how many there must be.
 */
#ifndef LOOPSTALL_CLOCK_SAMPLE_H
#define LOOPSTALL_CLOCK_SAMPLE_H

#define LS_COARSE_NS 4000000 /* while it is young, at most */
#define LS_OLD_NS 2000000    /* from this age on ... */
#define LS_FINE_NS 500000    /* ... so far apart */
#define LS_LONG_NS 64000000  /* from this age on ... */
#define LS_SLOW_NS 1000000
#define LS_LEAST_COARSE_NS 50000 /* a target shall not bear more interrupts */

/* While it is young: often enough to meet the shortest iteration of interest, which is so long. */
static inline unsigned long long ls_coarse_ns(unsigned long long evidence_after_ns)
{
	unsigned long long half = evidence_after_ns / 2;

	return half < LS_LEAST_COARSE_NS ? LS_LEAST_COARSE_NS : half < LS_COARSE_NS ? half : LS_COARSE_NS;
}

#endif
