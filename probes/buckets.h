/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Log-linear buckets, shared by the kernel (which counts) and user space (which reads).
 *
 * Below LS_LINEAR_NS a bucket is LS_LINEAR_NS/64 wide; above, every octave is cut into 64, so a
 * bucket is at most 1/64 of its lower edge wide and its middle at most 0.78 % off. Each bucket also keeps the
 * sum of its values, so its mean is exact and a quantile taken from it is better than the edges say.
 * HdrHistogram has the same layout; it is not used because a verifier must bound every index.
 */
#ifndef LOOPSTALL_BUCKETS_H
#define LOOPSTALL_BUCKETS_H

#define LS_SUB_BITS 6                       /* 64 sub-buckets an octave */
#define LS_SUB (1 << LS_SUB_BITS)
#define LS_LINEAR_BITS 8                    /* below 256 ns: 4 ns a bucket */
#define LS_SHIFT (LS_LINEAR_BITS - LS_SUB_BITS)
#define LS_TOP_BITS 41                      /* values of 2^41 ns (37 min) and more share the last bucket */
#define LS_BUCKETS ((LS_TOP_BITS - LS_LINEAR_BITS + 1) * LS_SUB) /* 2176 */

/* By how many bits v is shifted: by none if it fits into them. Below 2^63 the difference is negative if it does not. */
#define LS_SHIFTED(v, bits) ((unsigned int)((((1ULL << (bits)) - 1 - (v)) >> 63) * (bits)))

/*
 * Of a v below 2^63. No clz in BPF before cpu v4: by halves. Without branches, as the verifier would follow each of the 32 ways
 * through them, and for each all that comes after.
 */
static inline __attribute__((always_inline)) unsigned int ls_log2(unsigned long long v)
{
	unsigned int r = 0, by;
	by = LS_SHIFTED(v, 32), v >>= by, r += by;
	by = LS_SHIFTED(v, 16), v >>= by, r += by;
	by = LS_SHIFTED(v, 8), v >>= by, r += by;
	by = LS_SHIFTED(v, 4), v >>= by, r += by;
	by = LS_SHIFTED(v, 2), v >>= by, r += by;
	return r + (unsigned int)(v >> 1);
}

/* The bucket of a value in ns. */
static inline __attribute__((always_inline)) unsigned int ls_bucket(unsigned long long ns)
{
	unsigned int e, b;
	if (ns < (1ULL << LS_LINEAR_BITS))
		return (unsigned int)(ns >> LS_SHIFT);
	if (ns >> LS_TOP_BITS)
		return LS_BUCKETS - 1;
	e = ls_log2(ns);
	b = (e - LS_LINEAR_BITS + 1) * LS_SUB + (unsigned int)((ns >> (e - LS_SUB_BITS)) & (LS_SUB - 1));
	return b < LS_BUCKETS ? b : LS_BUCKETS - 1;
}

/* The smallest value, in ns, that falls into bucket b. */
static inline __attribute__((always_inline)) unsigned long long ls_bucket_low(unsigned int b)
{
	unsigned int octave = b / LS_SUB;
	unsigned long long sub = b % LS_SUB;
	if (!octave)
		return sub << LS_SHIFT;
	return (LS_SUB + sub) << (octave - 1 + LS_SHIFT);
}

#endif
