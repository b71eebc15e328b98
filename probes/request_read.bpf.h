/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One read's bytes: where the system call put them, copied piece by piece and wiped out again. */
#ifndef LOOPSTALL_REQUEST_READ_BPF_H
#define LOOPSTALL_REQUEST_READ_BPF_H

#include "request.bpf.h"
#include "request_parser.h"

struct segment {
	u64 at, size;
};

#define SEGMENTS 8

/* One read, while it is looked at. Numbers are here and not on the stack, where the verifier would follow each value. */
struct scratch {
	u64 at, size;
	u32 requests, finished; /* that it held the heads of, and the last bytes of */
	u32 broken, pad;
	struct segment segments[SEGMENTS]; /* where its bytes are */
	struct ls_chunk chunk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

const char zeros[LS_CHUNK] = {};

static __always_inline bool read_segments(struct scratch *s, u64 vector, u64 n)
{
	u64 bytes = n * sizeof(struct segment);

	if (n > SEGMENTS)
		bytes = sizeof(s->segments);
	barrier_var(bytes);
	if (bytes > sizeof(s->segments))
		return false;
	return !bpf_probe_read_user(s->segments, bytes, (void *)vector);
}

/* The system call's arguments still stand in the registers. */
static __always_inline bool find_segments(struct scratch *s, struct pt_regs *regs)
{
	struct {
		u64 name, name_size, vector, n;
	} message;

	__builtin_memset(s->segments, 0, sizeof(s->segments));
	switch (regs_syscall(regs)) {
	case NR_READ:
	case NR_RECVFROM:
		s->segments[0].at = regs_arg1(regs);
		s->segments[0].size = s->size;
		return true;
	case NR_READV:
		return read_segments(s, regs_arg1(regs), regs_arg2(regs));
	case NR_RECVMSG:
		return !bpf_probe_read_user(&message, sizeof(message), (void *)regs_arg1(regs)) &&
		       read_segments(s, message.vector, message.n);
	}
	return false;
}

/* The next piece; false: nobody knows where it is, or it can not be read. */
static __always_inline bool copy_piece(struct scratch *s)
{
	u64 offset = s->at, left = s->size - s->at, from = 0, size = 0;
	int i;

	for (i = 0; i < SEGMENTS; i++) {
		if (from)
			continue;
		size = s->segments[i].size;
		if (offset < size)
			from = s->segments[i].at + offset;
		else
			offset -= size;
	}
	if (!from)
		return false;
	size -= offset;
	if (size > left)
		size = left;
	if (size > LS_CHUNK)
		size = LS_CHUNK;
	s->chunk.at = 0;
	s->chunk.end = size;
	barrier_var(size);
	if (size > LS_CHUNK)
		return false;
	return !bpf_probe_read_user(s->chunk.data, size, (void *)from);
}

static __always_inline void wipe_piece(struct scratch *s)
{
	u32 size = s->chunk.end;

	barrier_var(size);
	if (size <= LS_CHUNK)
		bpf_probe_read_kernel(s->chunk.data, size, zeros);
}

#endif
