/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel types that the probes read, with just the members they read; CO-RE finds the real offsets.
 * Differences between kernels and architectures live here and nowhere else.
 */
#ifndef LOOPSTALL_KERNEL_H
#define LOOPSTALL_KERNEL_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_CLONE = 1 << 9, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };
struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

#define CLOCK_MONOTONIC 1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
struct file {
	void *private_data;
};
struct timespec64 {
	s64 tv_sec;
};
struct rb_node {
	struct rb_node *rb_right, *rb_left;
};
struct rb_root_cached {
	struct {
		struct rb_node *rb_node;
	} rb_root;
};
struct eventpoll {
	struct rb_root_cached rbr;
};
struct epoll_filefd {
	int fd;
};
struct epitem {
	struct rb_node rbn;
	struct epoll_filefd ffd;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
};
struct sched_info {
	unsigned long long run_delay;
};
struct signal_struct {
	struct {
		int counter;
	} live;
};
struct mm_struct {
	unsigned long start_stack;
};
struct bpf_local_storage;
struct task_struct {
	unsigned int __state;
	int on_cpu;
	unsigned int frozen : 1;
	int pid;
	int tgid;
	struct sched_entity se;
	struct sched_info sched_info;
	unsigned long nvcsw, nivcsw;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct files_struct *files;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct bpf_local_storage *bpf_storage;
	char comm[16];
};

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di;
	unsigned long orig_ax;
	unsigned long ip, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	u64 orig_x0;
	s32 syscallno;
};
#else
#error "this architecture is not known here"
#endif

#pragma clang attribute pop

/*
 * Registers as the user program had them when it entered the kernel. The syscall's number is negative when it
 * came in by an interrupt or exception. The arguments still stand there when the syscall returns.
 */
#if defined(__TARGET_ARCH_x86)
#define regs_sp(r) ((r)->sp)
#define regs_ret(r) ((long)(r)->ax)
#define regs_syscall(r) ((long)(r)->orig_ax)
#define regs_arg0(r) ((r)->di)
#define regs_arg1(r) ((r)->si)
#define regs_arg2(r) ((r)->dx)
#define regs_arg3(r) ((r)->r10)
#define regs_arg4(r) ((r)->r8)
#define regs_arg5(r) ((r)->r9)
/* At a function's entry; registers that a function's callee preserves. */
#define call_arg0(r) ((r)->di)
#define call_arg1(r) ((r)->si)
#define saved_register0(r) ((r)->bx)
#define saved_register1(r) ((r)->bp)
#define saved_register2(r) ((r)->r12)
#define saved_register3(r) ((r)->r13)
#define saved_register4(r) ((r)->r14)
#define saved_register5(r) ((r)->r15)
enum {
	NR_POLL = 7, NR_SELECT = 23, NR_RESTART_SYSCALL = 219, NR_FUTEX = 202, NR_EPOLL_WAIT = 232, NR_PSELECT6 = 270, NR_PPOLL = 271,
	NR_EPOLL_PWAIT = 281, NR_IO_URING_ENTER = 426, NR_EPOLL_PWAIT2 = 441,
};
enum { NR_EXIT = 60, NR_KILL = 62, NR_EXIT_GROUP = 231 };
enum { NR_READ = 0, NR_READV = 19, NR_RECVFROM = 45, NR_RECVMSG = 47 };
#else
#define regs_sp(r) ((r)->user_regs.sp)
#define regs_ret(r) ((long)(r)->user_regs.regs[0])
#define regs_syscall(r) ((long)(r)->syscallno)
#define regs_arg0(r) ((r)->orig_x0)
#define regs_arg1(r) ((r)->user_regs.regs[1])
#define regs_arg2(r) ((r)->user_regs.regs[2])
#define regs_arg3(r) ((r)->user_regs.regs[3])
#define regs_arg4(r) ((r)->user_regs.regs[4])
#define regs_arg5(r) ((r)->user_regs.regs[5])
#define call_arg0(r) ((r)->user_regs.regs[0])
#define call_arg1(r) ((r)->user_regs.regs[1])
#define saved_register0(r) ((r)->user_regs.regs[19])
#define saved_register1(r) ((r)->user_regs.regs[20])
#define saved_register2(r) ((r)->user_regs.regs[21])
#define saved_register3(r) ((r)->user_regs.regs[22])
#define saved_register4(r) ((r)->user_regs.regs[23])
#define saved_register5(r) ((r)->user_regs.regs[24])
enum { /* arm64 has no poll, select and epoll_wait: libc uses the p-forms */
	NR_POLL = -7, NR_SELECT = -23, NR_EPOLL_WAIT = -232, NR_RESTART_SYSCALL = 128, NR_FUTEX = 98, NR_EPOLL_PWAIT = 22, NR_PSELECT6 = 72,
	NR_PPOLL = 73, NR_IO_URING_ENTER = 426, NR_EPOLL_PWAIT2 = 441,
};
enum { NR_EXIT = 93, NR_EXIT_GROUP = 94, NR_KILL = 129 };
enum { NR_READ = 63, NR_READV = 65, NR_RECVFROM = 207, NR_RECVMSG = 212 };
#endif

/* bpf_loop() came with Linux 5.17; what iterations need does without it. */
enum bpf_func_id___known { BPF_FUNC_loop___known = 181 };
#define has_bpf_loop() bpf_core_enum_value_exists(enum bpf_func_id___known, BPF_FUNC_loop___known)

/*
 * Time on the run queue as the scheduler itself books it (kernel/sched/stats.h, sched_info_arrive), in the same clock
 * readings that end and begin its CPU time. A context switch is seen only later: after a wakeup's softirqs, say, which cost
 * 10 us each. Not there without CONFIG_SCHED_INFO, which distributions set (TASK_DELAY_ACCT or SCHEDSTATS).
 */
#define has_run_delay(t) bpf_core_field_exists((t)->sched_info.run_delay)
#define run_delay(t) ((t)->sched_info.run_delay)

/*
 * Has the task, which is not on a CPU, entered its syscall and not left it? Woken up it may be, and wait for a CPU: on
 * x86-64 the result reads -ENOSYS until there is one (arch/x86/entry/entry_64.S). Not known elsewhere.
 */
#if defined(__TARGET_ARCH_x86)
#define in_syscall(r) ((long)(r)->ax == -38)
#else
#define in_syscall(r) false
#endif

/* include/linux/sched.h */
#define TASK_STOPPED 4
#define TASK_TRACED 8
#define TASK_WAKING 0x200
#define TASK_FROZEN 0x8000 /* 6.1, commit f5d39b020809 */

/* By the freezer of cgroup v2 (a container is paused), or of v1. */
#define is_frozen(t, state)                                                                                        \
	((state) & TASK_FROZEN || (bpf_core_field_exists((t)->frozen) && BPF_CORE_READ_BITFIELD(t, frozen)))

/* task_struct.state became __state in 5.14 (commit 2f064a59a11f). */
struct task_struct___old {
	volatile long state;
} __attribute__((preserve_access_index));

#define task_state(t)                                                                                              \
	(bpf_core_field_exists((t)->__state) ? (t)->__state                                                        \
					     : (unsigned int)((struct task_struct___old *)(t))->state)

/* ---- what a descriptor refers to: object.bpf.h ---- */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	u32 hash;
	u32 len;
	const unsigned char *name;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};
struct inode {
	__u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
};
struct file___object { /* kernel.h's file, as object.bpf.h reads it */
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
};
struct in6_addr {
	u8 bytes[16];
};
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};
struct sk_buff_head {
	u32 qlen;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	u8 sk_shutdown;
	struct {
		int counter;
	} sk_drops;
	u32 sk_ack_backlog, sk_max_ack_backlog;
	struct sk_buff_head sk_receive_queue;
	struct pid *sk_peer_pid;
	struct bpf_local_storage *sk_bpf_storage;
};
struct tcp_sock {
	u64 bytes_received;
	u32 rcv_nxt;
	u32 copied_seq;
};
struct udp_sock {
	struct sk_buff_head reader_queue;
};
struct socket {
	struct sock *sk;
};
struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un name[1];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

#pragma clang attribute pop

/* include/uapi/linux/stat.h: struct inode.i_mode */
#define S_IFMT 0170000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define S_IFDIR 0040000
#define S_IFBLK 0060000
#define S_IFREG 0100000
#define S_IFSOCK 0140000

#endif
