/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread that falls asleep in a syscall waits on: the file or socket behind the descriptor. Made for
 * tp_btf/sched_switch with prev == current: the syscall holds a reference on the file, and preemption is off, which keeps
 * the descriptor table (RCU). Should another thread close or reuse the number meanwhile, every load still is a safe one.
 */
#ifndef LOOPSTALL_OBJECT_BPF_H
#define LOOPSTALL_OBJECT_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "object.h"

/* ---- which descriptor ---- */

/*
 * Syscalls whose first argument is a descriptor, and whose sleep is about it. Not close: the number is free by then; not
 * epoll_wait, which sleeps for many.
 */
#if defined(__TARGET_ARCH_x86)
static __always_inline bool takes_descriptor(long nr)
{
	switch (nr) {
	case 0: case 1: case 5: case 8:                /* read write fstat lseek */
	case 16: case 17: case 18: case 19: case 20:   /* ioctl pread64 pwrite64 readv writev */
	case 40: case 42: case 43: case 44: case 45:   /* sendfile connect accept sendto recvfrom */
	case 46: case 47: case 48: case 54: case 55:   /* sendmsg recvmsg shutdown setsockopt getsockopt */
	case 72: case 73: case 74: case 75: case 77:   /* fcntl flock fsync fdatasync ftruncate */
	case 78: case 91: case 93: case 187: case 217: /* getdents fchmod fchown readahead getdents64 */
	case 221: case 275: case 276: case 277:        /* fadvise64 splice tee sync_file_range */
	case 278: case 285: case 288: case 295:        /* vmsplice fallocate accept4 preadv */
	case 296: case 299: case 306: case 307:        /* pwritev recvmmsg syncfs sendmmsg */
	case 326: case 327: case 328:                  /* copy_file_range preadv2 pwritev2 */
		return true;
	}
	return false;
}
enum { NR_CONNECT = 42 };
#else
static __always_inline bool takes_descriptor(long nr)
{
	switch (nr) {
	case 25: case 29: case 32: case 46: case 47:      /* fcntl ioctl flock ftruncate fallocate */
	case 52: case 55: case 61: case 62: case 63:      /* fchmod fchown getdents64 lseek read */
	case 64: case 65: case 66: case 67: case 68:      /* write readv writev pread64 pwrite64 */
	case 69: case 70: case 71: case 75: case 76:      /* preadv pwritev sendfile vmsplice splice */
	case 77: case 80: case 82: case 83: case 84:      /* tee fstat fsync fdatasync sync_file_range */
	case 202: case 203: case 206: case 207: case 208: /* accept connect sendto recvfrom setsockopt */
	case 209: case 210: case 211: case 212: case 213: /* getsockopt shutdown sendmsg recvmsg readahead */
	case 223: case 242: case 243: case 267: case 269: /* fadvise64 accept4 recvmmsg syncfs sendmmsg */
	case 285: case 286: case 287:                     /* copy_file_range preadv2 pwritev2 */
		return true;
	}
	return false;
}
enum { NR_CONNECT = 203 };
#endif

/* The descriptor that the syscall sleeps on: its first argument, or the only one of a poll; -1: none, or many. */
static __always_inline s32 wait_descriptor(struct pt_regs *regs)
{
	long nr = regs_syscall(regs);
	s32 fd = -1;

	if (takes_descriptor(nr))
		return (s32)regs_arg0(regs);
	if ((nr == NR_POLL || nr == NR_PPOLL) && (u32)regs_arg1(regs) == 1) /* struct pollfd begins with it */
		bpf_probe_read_user(&fd, sizeof(fd), (void *)regs_arg0(regs));
	return fd;
}

static __always_inline struct file___object *file_of(struct task_struct *task, s32 fd)
{
	struct files_struct *table = untrusted(task)->files;
	struct file___object *file = NULL;
	struct fdtable *fdt;

	if (fd < 0 || !table)
		return NULL;
	fdt = table->fdt;
	if (!fdt || (u32)fd >= fdt->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), fdt->fd + (u32)fd);
	return file;
}

/* ---- sockets ---- */

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

static __always_inline u32 swap_port(__be16 port)
{
	return __builtin_bswap16(port);
}

static __always_inline void read_inet(struct ls_object *out, struct sock *sk)
{
	out->peer_port = swap_port(BPF_CORE_READ(sk, __sk_common.skc_dport));
	out->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (out->family == AF_INET) {
		bpf_core_read(out->peer, 4, &sk->__sk_common.skc_daddr);
		bpf_core_read(out->local, 4, &sk->__sk_common.skc_rcv_saddr);
	} else {
		bpf_core_read(out->peer, 16, &sk->__sk_common.skc_v6_daddr);
		bpf_core_read(out->local, 16, &sk->__sk_common.skc_v6_rcv_saddr);
	}
}

/* The length of a path in a sockaddr_un of that length. */
static __always_inline u32 path_bytes(u32 length)
{
	length -= sizeof(unsigned short);
	return length <= LS_OBJECT_PATH_BYTES ? length : 0;
}

/* A client's peer shares the listener's address; a server's peer most often has none. */
static __always_inline void read_unix(struct ls_object *out, struct sock *sk)
{
	struct unix_sock *self = (struct unix_sock *)sk, *peer = (struct unix_sock *)BPF_CORE_READ(self, peer);
	struct unix_address *address = peer ? BPF_CORE_READ(peer, addr) : NULL;

	if (!address)
		address = BPF_CORE_READ(self, addr);
	if (!address)
		return;
	out->used = path_bytes(BPF_CORE_READ(address, len));
	bpf_core_read(out->path, out->used & 127, &address->name[0].sun_path);
}

static __always_inline void read_socket(struct ls_object *out, struct file___object *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	out->kind = LS_OBJECT_SOCKET;
	out->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	out->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (out->family == AF_UNIX)
		read_unix(out, sk);
	else if (out->family == AF_INET || out->family == AF_INET6)
		read_inet(out, sk);
}

/*
 * connect(2) to a unix listener whose queue is full: the socket has no peer yet, its name is in the second argument. The
 * kernel has just copied it, so it is in memory. (A TCP socket has its peer before the first SYN.)
 */
static __always_inline void read_connect(struct ls_object *out, struct pt_regs *regs)
{
	void *path = (void *)regs_arg1(regs) + sizeof(unsigned short);
	u32 bytes = path_bytes((u32)regs_arg2(regs));
	long got = 0;

	if (out->family != AF_UNIX || out->used || !bytes || bpf_probe_read_user(out->path, 1, path))
		return;
	if (out->path[0]) /* a path: callers pass the whole structure, and what is behind the NUL is none of ours */
		got = bpf_probe_read_user_str(out->path, LS_OBJECT_PATH_BYTES, path);
	else if (!bpf_probe_read_user(out->path, bytes & 127, path))
		got = bytes;
	out->used = got > 0 ? (u32)got : 0;
}

/* ---- files ---- */

#define ANON_INODE_FS_MAGIC 0x09041934
#define PIPEFS_MAGIC 0x50495045
#define PID_FS_MAGIC 0x50494446 /* pidfds since 6.9; before that they were anonymous inodes */

static __always_inline u32 kind_of(u32 mode, u64 magic)
{
	if (magic == ANON_INODE_FS_MAGIC || magic == PID_FS_MAGIC) /* their mode may say regular */
		return LS_OBJECT_ANONYMOUS;
	switch (mode & S_IFMT) {
	case S_IFREG:
		return LS_OBJECT_FILE;
	case S_IFDIR:
		return LS_OBJECT_DIRECTORY;
	case S_IFCHR:
	case S_IFBLK:
		return LS_OBJECT_DEVICE;
	case S_IFIFO:
		return LS_OBJECT_PIPE;
	}
	return LS_OBJECT_ANONYMOUS;
}

/* Where a walk from a file towards the root has come to. Its members are copied before use: CO-RE would relocate them. */
struct walk {
	struct dentry *at, *root; /* root: of the mount */
	struct mount *mount;
};

static __always_inline void enter_mount(struct walk *w, struct mount *mount)
{
	w->mount = mount;
	w->root = BPF_CORE_READ(mount, mnt.mnt_root);
}

/* From a mount's root to where it is mounted; false at the root of all. */
static __always_inline bool leave_mount(struct walk *w)
{
	struct mount *mount = w->mount, *parent = BPF_CORE_READ(mount, mnt_parent);

	if (!parent || parent == mount)
		return false;
	w->at = BPF_CORE_READ(mount, mnt_mountpoint);
	enter_mount(w, parent);
	return true;
}

/* Two hops: the root file system is most often mounted upon the one that the machine booted from. */
static __always_inline bool at_end(struct walk *w)
{
	return w->at == w->root && (!leave_mount(w) || (w->at == w->root && !leave_mount(w)));
}

/* False if nothing is outside it: a memfd, an anonymous inode. */
static __always_inline bool read_name(struct ls_object *out, struct walk *w, char *name)
{
	struct dentry *at = w->at, *parent = BPF_CORE_READ(at, d_parent);
	struct qstr q = {};

	bpf_core_read(&q, sizeof(q), &at->d_name);
	bpf_probe_read_kernel_str(name, LS_OBJECT_NAME_BYTES, q.name);
	if (q.len >= LS_OBJECT_NAME_BYTES || parent == at)
		out->flags |= LS_OBJECT_TRUNCATED;
	out->used++;
	if (parent == at)
		return false;
	w->at = parent;
	return true;
}

/* Up to the root of the mount namespace: a target in a chroot sees a part of that path only. */
static __always_inline void read_names(struct ls_object *out, struct file___object *file)
{
	struct vfsmount *vfsmount = BPF_CORE_READ(file, f_path.mnt);
	struct walk w = {.at = BPF_CORE_READ(file, f_path.dentry)};
	int i;

	enter_mount(&w, (struct mount *)((void *)vfsmount - bpf_core_field_offset(struct mount, mnt)));
#pragma unroll
	for (i = 0; i < LS_OBJECT_NAMES; i++)
		if (at_end(&w) || !read_name(out, &w, out->names[i]))
			return;
	if (!at_end(&w))
		out->flags |= LS_OBJECT_TRUNCATED;
}

static __always_inline void name_pidfd(struct ls_object *out)
{
	__builtin_memcpy(out->names[0], "[pidfd]", sizeof("[pidfd]"));
	out->used = 1;
}

/* ---- all of it ---- */

static __always_inline void read_file(struct ls_object *out, struct file___object *file, struct inode *inode, u32 mode)
{
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	u64 magic = BPF_CORE_READ(sb, s_magic);

	out->kind = kind_of(mode, magic);
	out->device = BPF_CORE_READ(sb, s_dev);
	out->inode = BPF_CORE_READ(inode, i_ino);
	if (magic == PID_FS_MAGIC)
		name_pidfd(out);
	else if (magic != PIPEFS_MAGIC)
		read_names(out, file);
}

__noinline int read_object(struct ls_object *out, u64 address)
{
	struct file___object *file = (struct file___object *)address;
	struct inode *inode;
	u32 mode;

	if (!out || !file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	mode = BPF_CORE_READ(inode, i_mode);
	if ((mode & S_IFMT) == S_IFSOCK)
		read_socket(out, file);
	else
		read_file(out, file, inode, mode);
	return 0;
}

/* Fills out, which may hold anything before. */
static __always_inline void read_object_of(struct ls_object *out, struct task_struct *task, s32 fd)
{
	__builtin_memset(out, 0, sizeof(*out));
	read_object(out, (u64)file_of(task, fd));
}

/* The same for what the syscall sleeps on. task is current. */
static __always_inline void read_slept_on(struct ls_object *out, struct task_struct *task, struct pt_regs *regs)
{
	read_object_of(out, task, wait_descriptor(regs));
	if (out->kind == LS_OBJECT_SOCKET && regs_syscall(regs) == NR_CONNECT)
		read_connect(out, regs);
}

#endif
