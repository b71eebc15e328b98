/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the wait of an unconfirmed loop is for. User space judges later, when the descriptors may be closed and their numbers
 * others': so what stands behind each is noted here, of an epoll set behind two.
 */
#ifndef LOOPSTALL_WAIT_SET_BPF_H
#define LOOPSTALL_WAIT_SET_BPF_H

#include "wait.bpf.h"

/* A function of its own: the verifier walks through it once. */
__noinline int note_member(struct ls_slot *s, s32 fd)
{
	struct file___object *file = (struct file___object *)file_at(bpf_get_current_task_btf(), fd);
	struct inode *inode;
	u32 at, mode;

	if (!s || !file)
		return 0;
	at = s->set_members;
	if (at >= LS_SET_MEMBERS)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	s->set[at].fd = fd;
	s->set[at].kind = mode == S_IFIFO ? LS_MEMBER_PIPE : mode == S_IFSOCK ? LS_MEMBER_SOCKET : LS_MEMBER_OTHER;
	s->set[at].inode = BPF_CORE_READ(inode, i_ino);
	s->set_members = at + 1;
	return 0;
}

struct set_walk { /* bpf_loop wants it on the stack */
	struct ls_slot *s;
	u64 n;
	u64 first, second; /* where the pollfds are; what is to become readable, and writable */
	u64 bits;
};

static long poll_step(u32 i, struct set_walk *w)
{
	s32 fd;

	if (i >= w->n)
		return 1;
	if (!bpf_probe_read_user(&fd, sizeof(fd), (void *)(w->first + i * 8)))
		note_member(w->s, fd);
	return 0;
}

static __always_inline u64 select_word(u64 set, u32 word)
{
	u64 bits = 0;

	if (set)
		bpf_probe_read_user(&bits, sizeof(bits), (void *)(set + word * 8));
	return bits;
}

static long select_step(u32 i, struct set_walk *w)
{
	if (i >= w->n)
		return 1;
	if (i % 64 == 0)
		w->bits = select_word(w->first, i / 64) | select_word(w->second, i / 64);
	if (w->bits >> (i % 64) & 1)
		note_member(w->s, i);
	return 0;
}

/* The size comes last: without it user space does not look at the rest. */
__noinline int note_members(struct ls_slot *s, u32 family, u64 arg0, u64 arg1, u64 arg2)
{
	bool is_poll = family == LS_WAIT_POLL;
	struct set_walk w = {.s = s, .n = is_poll ? arg1 : arg0, .first = is_poll ? arg0 : arg1, .second = arg2};

	if (!s)
		return 0;
	s->set_members = 0;
	if (has_bpf_loop()) { /* else user space asks for what the thread waits for while it sleeps */
		if (is_poll)
			bpf_loop(LS_SET_MEMBERS, poll_step, &w, 0);
		else
			bpf_loop(SELECT_WORDS * 64, select_step, &w, 0);
	}
	s->set_nfds = (u32)w.n;
	return 0;
}

/* One member tells the loop from a thread that has one socket, and a second one that it is no such thread: see loop_kind.h. */
#define EPOLL_MEMBERS_NOTED 2

static __always_inline u64 tree_child(u64 node)
{
	u64 left = word_at((void *)node + bpf_core_field_offset(struct rb_node, rb_left));

	return left ? left : word_at((void *)node + bpf_core_field_offset(struct rb_node, rb_right));
}

/* They stand in a tree. Whoever changes it meanwhile makes the thread's own wait no less one of an epoll set. */
__noinline int note_epoll_members(struct ls_slot *s, u64 node)
{
	s32 fd;
	u32 i;

	if (!s)
		return 0;
	s->set_members = 0;
	for (i = 0; i < EPOLL_MEMBERS_NOTED && node; i++) {
		u64 item = node - bpf_core_field_offset(struct epitem, rbn);

		if (!bpf_probe_read_kernel(&fd, sizeof(fd), (void *)item + bpf_core_field_offset(struct epitem, ffd.fd)))
			note_member(s, fd);
		node = tree_child(node);
	}
	s->set_nfds = s->set_members;
	return 0;
}

static __always_inline void note_epoll(struct ls_slot *s, struct task_struct *task, s32 fd)
{
	u64 file = file_at(task, fd), set = file ? private_data_of(file) : 0;

	if (set && s->set_nfds < EPOLL_MEMBERS_NOTED)
		note_epoll_members(s, word_at((void *)set + bpf_core_field_offset(struct eventpoll, rbr)));
}

/* The largest set since user space last looked. */
static __always_inline void note_set(struct ls_slot *s, struct pt_regs *regs, u32 family)
{
	u64 n = family == LS_WAIT_POLL ? regs_arg1(regs) : regs_arg0(regs);

	if (n >= s->set_nfds)
		note_members(s, family, regs_arg0(regs), regs_arg1(regs), regs_arg2(regs));
}

#endif
