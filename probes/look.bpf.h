/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Looks at a loop thread inside an iteration: registers, the top of its user stack, its Python frames, what it sleeps
 * on. A sleep is looked at when it begins, as only then its memory is at hand, and told when it ends, if it was long. On
 * the CPU the clock sample looks, once the iteration has grown old. While iterations are short nothing here runs but a
 * look at each sleep, and those are limited.
 */
#ifndef LOOPSTALL_LOOK_BPF_H
#define LOOPSTALL_LOOK_BPF_H

#include "task.bpf.h"
#include "object.bpf.h"
#include "python_gil.bpf.h"
#include "look.h"

const volatile __u64 evidence_after_ns = 10000000; /* iterations shorter than this are of no interest */
const volatile __u64 sleep_limit_ns = 500000;      /* shorter sleeps are summed up, and the next look stands for them */

/* A thread's budget: so many looks a second, and as many again at once. */
#define LOOKS_PER_S 1000
#define LOOK_NS (1000000000ULL / LOOKS_PER_S)
#define LOOK_BURST 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LS_MAX_LOOPS);
	__type(key, u32);
	__type(value, struct ls_look);
} looks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} samples SEC(".maps");

static __always_inline struct ls_look *look_of(struct thread *t)
{
	u32 index = t->slot - 1;

	return t->slot ? bpf_map_lookup_elem(&looks, &index) : NULL;
}

static __always_inline bool may_take(ls_u64 *free_at, u64 now)
{
	u64 idle_since = now - LOOK_BURST * LOOK_NS;

	if (*free_at > now) {
		lose(LS_LOSS_LOOKS_WITHHELD);
		return false;
	}
	*free_at = (*free_at > idle_since ? *free_at : idle_since) + LOOK_NS;
	return true;
}

static __always_inline bool may_look(struct ls_look *l, u64 now)
{
	return may_take(&l->free_at, now);
}

/*
 * Looks at the CPU begin early in an iteration that may grow old, so that what it did first is seen as well. A loop whose
 * iterations often end just after that pays for looks that nobody needs: then they begin later, up to the middle.
 */
#define FIRST_LOOK (evidence_after_ns / 4)
#define LATEST_FIRST_LOOK (evidence_after_ns / 2)

static __always_inline void judge_looks(struct ls_look *l)
{
	if (l->cpu_looks && !l->grew_old && l->patience < LATEST_FIRST_LOOK - FIRST_LOOK)
		l->patience += FIRST_LOOK / 4;
	else if (l->grew_old)
		l->patience = 0;
	l->cpu_looks = l->grew_old = 0;
}

static __always_inline void look_at_iteration(struct ls_look *l, struct thread *t, struct ls_slot *s)
{
	u64 iteration = t->before_attach ? 0 : s->iterations + 1;

	if (l->iteration == iteration && l->cpu_look_at >= t->since) /* else of the slot's last user */
		return;
	judge_looks(l);
	l->iteration = iteration;
	l->sleeping_ns = t->blocked_ns;
	l->cpu_ns = t->cpu_start;
	l->cpu_look_at = t->since;
}

/* ---- what a look takes ---- */

#if defined(__TARGET_ARCH_x86)
static __always_inline void take_registers(ls_u64 *to, struct pt_regs *r)
{
	to[0] = r->ax, to[1] = r->dx, to[2] = r->cx, to[3] = r->bx, to[4] = r->si, to[5] = r->di, to[6] = r->bp;
	to[7] = r->sp, to[8] = r->r8, to[9] = r->r9, to[10] = r->r10, to[11] = r->r11, to[12] = r->r12;
	to[13] = r->r13, to[14] = r->r14, to[15] = r->r15, to[16] = r->ip;
}
#else
static __always_inline void take_registers(ls_u64 *to, struct pt_regs *r)
{
	int i;

	for (i = 0; i < 31; i++)
		to[i] = r->user_regs.regs[i];
	to[31] = r->user_regs.sp;
	to[32] = r->user_regs.pc;
}
#endif

static __always_inline u32 stack_limit(u32 kind)
{
	return kind == LS_SAMPLE_LOOP_WAIT ? LS_WAIT_STACK_BYTES : LS_STACK_BYTES;
}

/*
 * Up to the stack's end, where it is known. Page by page: behind the end of the stack, or what was swapped out, nothing
 * can be read.
 */
__noinline u32 copy_stack(struct ls_record_sample *r, u64 sp, u64 end)
{
	u32 copied = 0, part = 4096 - (sp & 4095), wanted;
	int i;

	if (!r)
		return 0;
	wanted = stack_limit(r->kind);
	if (end > sp && end - sp < wanted)
		wanted = end - sp;
	for (i = 0; i < LS_WAIT_STACK_BYTES / 4096 && copied < wanted; i++) {
		if (part > wanted - copied)
			part = wanted - copied;
		barrier_var(copied);
		barrier_var(part);
		if (copied > LS_WAIT_STACK_BYTES - 4096 || part > 4096)
			break;
		if (bpf_probe_read_user(r->stack + copied, part, (void *)(sp + copied)))
			break;
		copied += part;
		part = 4096;
	}
	return copied;
}

static __always_inline void take_syscall(struct ls_record_sample *r, struct pt_regs *regs)
{
	r->syscall = regs_syscall(regs);
	r->args[0] = regs_arg0(regs);
	r->args[1] = regs_arg1(regs);
	r->args[2] = regs_arg2(regs);
	r->args[3] = regs_arg3(regs);
	r->args[4] = regs_arg4(regs);
	r->args[5] = regs_arg5(regs);
}

static __always_inline struct ls_python *python_of(struct task_struct *task)
{
	u32 tgid = tgid_seen_by_us(task);

	return bpf_map_lookup_elem(&pythons, &tgid);
}

/* The address of the GIL that the task, which falls asleep, waits for. Else 0. */
static __always_inline u64 gil_waited_for(const struct ls_python *py, struct task_struct *task, u64 tstate)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return regs_syscall(regs) == NR_FUTEX ? python_gil_waited_for(py, tstate, regs_arg0(regs)) : 0;
}

static __always_inline void take_own_python(struct ls_look *l, struct task_struct *task)
{
	struct ls_python *py = python_of(task);

	if (py)
		python_walk(py, task, (struct python_thread *)l->python, &l->sample.python);
}

/* With the GIL's holder, if it waits for that. */
static __always_inline void take_python(struct ls_look *l, struct task_struct *task)
{
	struct python_thread *pt = (struct python_thread *)l->python;
	struct ls_python *py = python_of(task);
	u64 gil;

	if (!py)
		return;
	python_walk(py, task, pt, &l->sample.python);
	gil = gil_waited_for(py, task, pt->tstate);
	if (!gil)
		return;
	l->sample.flags |= LS_SAMPLE_GIL;
	python_gil_holder(py, pt, gil, &l->sample.holder);
}

/* Without what is in user memory, and without the kernel's part, which can wait. */
static __always_inline void take_outline(struct ls_look *l, struct thread *t, struct ls_slot *s, struct pt_regs *regs,
					 u32 kind, u64 now)
{
	struct ls_record_sample *r = &l->sample;

	fill_head(&r->head, LS_RECORD_SAMPLE, 0, now, t->slot - 1, s->pid);
	r->iteration = l->iteration;
	r->start_ns = t->since;
	r->length_ns = r->weight_ns = 0;
	r->step = t->step_stat ? t->step.number : 0;
	r->kind = kind;
	r->flags = 0;
	r->kernel_frames = 0;
	r->object.kind = LS_OBJECT_NONE;
	take_registers(r->registers, regs);
	take_syscall(r, regs);
	r->stack_bytes = 0;
	r->python.frames = r->python.flags = r->holder.frames = r->holder.flags = r->holder.tid = 0;
}

/* task is current. */
static __always_inline void take_look(struct ls_look *l, struct thread *t, struct ls_slot *s, struct task_struct *task,
				      u32 kind, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	take_outline(l, t, s, regs, kind, now);
	l->sample.stack_bytes = copy_stack(&l->sample, regs_sp(regs), s->stack_end);
	take_python(l, task);
}

/* ---- telling it ---- */

static __always_inline void take_kernel_stack(struct ls_record_sample *r, struct task_struct *task)
{
	long bytes = bpf_get_task_stack(task, r->kernel, sizeof(r->kernel), 0);

	r->kernel_frames = bytes > 0 ? (u32)bytes / 8 : 0;
}

__noinline int tell(struct ls_look *l)
{
	struct ls_record_sample *r = &l->sample;
	u32 size, stack;

	if (!l)
		return 0;
	stack = r->stack_bytes;
	barrier_var(stack);
	if (stack > LS_WAIT_STACK_BYTES)
		return 0;
	size = __builtin_offsetof(struct ls_record_sample, stack) + stack;
	r->head.size = size;
	if (bpf_ringbuf_output(&samples, r, size, 0))
		lose(LS_LOSS_SAMPLES);
	return 0;
}

#endif
