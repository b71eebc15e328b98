/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which wait is this: syscall, family, and the identity by which a loop's own wait is told from nested ones. */
#ifndef LOOPSTALL_WAIT_BPF_H
#define LOOPSTALL_WAIT_BPF_H

#include "state.bpf.h"

/* A word of the kernel's memory; the type is any that begins with a number of 64 bits. */
static __always_inline u64 word_at(const void *at)
{
	u64 word = 0;

	if (direct_reads)
		return ((struct timespec64 *)bpf_rdonly_cast(at, bpf_core_type_id_kernel(struct timespec64)))->tv_sec;
	bpf_probe_read_kernel(&word, sizeof(word), at);
	return word;
}

/* A thread's registers always stand at the same place of its kernel stack: asked for once. */
static __always_inline struct pt_regs *regs_of(struct thread *t, struct task_struct *task)
{
	if (!direct_reads)
		return (struct pt_regs *)bpf_task_pt_regs(task);
	if (!t->regs)
		t->regs = (u64)bpf_task_pt_regs(task);
	return bpf_rdonly_cast((void *)t->regs, bpf_core_type_id_kernel(struct pt_regs));
}

/* The kind of the wait that the task is in by its registers; LS_WAIT_NONE if it is in none. */
static __always_inline u32 wait_kind(struct pt_regs *regs)
{
	switch (regs_syscall(regs)) {
	case NR_EPOLL_WAIT:
		return LS_WAIT_EPOLL_WAIT;
	case NR_EPOLL_PWAIT:
		return LS_WAIT_EPOLL_PWAIT;
	case NR_EPOLL_PWAIT2:
		return LS_WAIT_EPOLL_PWAIT2;
	case NR_POLL:
		return LS_WAIT_POLL;
	case NR_PPOLL:
		return LS_WAIT_PPOLL;
	case NR_SELECT:
		return LS_WAIT_SELECT;
	case NR_PSELECT6:
		return LS_WAIT_PSELECT6;
	case NR_IO_URING_ENTER: /* waits only if asked for completions (IORING_ENTER_GETEVENTS is 1) */
		return regs_arg2(regs) && (regs_arg3(regs) & 1) ? LS_WAIT_IO_URING_ENTER : LS_WAIT_NONE;
	}
	return LS_WAIT_NONE;
}

static __always_inline u32 family_of(u32 wait)
{
	if (wait <= LS_WAIT_EPOLL_PWAIT2)
		return LS_WAIT_EPOLL_WAIT;
	if (wait <= LS_WAIT_PPOLL)
		return LS_WAIT_POLL;
	return wait <= LS_WAIT_PSELECT6 ? LS_WAIT_SELECT : LS_WAIT_IO_URING_ENTER;
}

static __always_inline bool has_object(u32 family)
{
	return family == LS_WAIT_EPOLL_WAIT || family == LS_WAIT_IO_URING_ENTER;
}

/* The struct file behind a descriptor, as a number. */
static __always_inline u64 file_at(struct task_struct *task, s32 fd)
{
	struct files_struct *table = untrusted(task)->files;
	struct fdtable *fdt;

	if (!table)
		return 0;
	fdt = table->fdt;
	if (!fdt || (u32)fd >= fdt->max_fds)
		return 0;
	return word_at(fdt->fd + (u32)fd);
}

static __always_inline u64 private_data_of(u64 file)
{
	return word_at((void *)file + bpf_core_field_offset(struct file, private_data));
}

/* The file behind a descriptor and its private data, mixed: both must be reused for a new epoll to look old. */
static __always_inline u64 object_of(struct task_struct *task, s32 fd)
{
	u64 file = file_at(task, fd);

	return file ? file * 31 + private_data_of(file) : 0;
}

static __always_inline void identify(struct wait_id *id, struct task_struct *task, struct pt_regs *regs, u32 wait)
{
	id->sp = regs_sp(regs);
	id->family = family_of(wait);
	id->fd = has_object(id->family) ? (s32)regs_arg0(regs) : -1;
	id->object = id->fd >= 0 ? object_of(task, id->fd) : 0;
	id->first = -1;
	id->count = 0;
}

static __always_inline u32 bits_in(u64 word)
{
	word -= word >> 1 & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return word * 0x0101010101010101ULL >> 56;
}

#define SELECT_WORDS 16 /* FD_SETSIZE */

__noinline int identify_select(struct wait_id *id, u64 set, u64 descriptors)
{
	u64 word;
	u32 i;

	if (!id || !set)
		return 0;
	for (i = 0; i < SELECT_WORDS && i * 64 < descriptors; i++) {
		if (bpf_probe_read_user(&word, sizeof(word), (void *)(set + i * 8)))
			return 0;
		if (word && !id->count)
			id->first = i * 64 + bits_in((word & -word) - 1);
		id->count += bits_in(word);
	}
	return 0;
}

/* What poll and select wait for, in the current task's memory. select: what is to become readable. */
static __always_inline void identify_set(struct wait_id *id, struct pt_regs *regs)
{
	if (id->family == LS_WAIT_SELECT) {
		identify_select(id, regs_arg1(regs), regs_arg0(regs));
	} else if (id->family == LS_WAIT_POLL) {
		id->count = (u32)regs_arg1(regs);
		if (id->count)
			bpf_probe_read_user(&id->first, sizeof(id->first), (void *)regs_arg0(regs));
	}
}

/* It only looks. (Where the timeout is a structure it is not read.) */
static __always_inline bool is_instant(struct pt_regs *regs, u32 wait)
{
	if (wait == LS_WAIT_EPOLL_WAIT || wait == LS_WAIT_EPOLL_PWAIT)
		return (s32)regs_arg3(regs) == 0;
	return wait == LS_WAIT_POLL && (s32)regs_arg2(regs) == 0;
}

static __always_inline bool same_wait(const struct wait_id *a, const struct wait_id *b)
{
	return a->sp == b->sp && a->fd == b->fd && a->family == b->family && a->object == b->object;
}

static __always_inline bool same_object(const struct wait_id *a, const struct wait_id *b)
{
	return a->fd == b->fd && a->family == b->family && a->object == b->object;
}

/* An epoll instance was expected, not known which. (It is never gone.) */
static __always_inline bool is_expected(const struct wait_id *loop, const struct wait_id *id)
{
	return loop->fd < 0 && has_object(loop->family) && loop->family == id->family;
}

static __always_inline bool loop_is_gone(struct thread *t, struct task_struct *task)
{
	return has_object(t->loop.family) && object_of(task, t->loop.fd) != t->loop.object;
}

#endif
