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
#include "python.bpf.h"
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

/*
 * Up to the stack's end, where it is known. Page by page: behind the end of the stack, or what was swapped out, nothing
 * can be read.
 */
__noinline u32 copy_stack(struct ls_record_sample *r, u64 sp, u64 end)
{
	u32 copied = 0, part = 4096 - (sp & 4095), wanted = LS_STACK_BYTES;
	int i;

	if (!r)
		return 0;
	if (end > sp && end - sp < LS_STACK_BYTES)
		wanted = end - sp;
	for (i = 0; i < LS_STACK_BYTES / 4096 && copied < wanted; i++) {
		if (part > wanted - copied)
			part = wanted - copied;
		barrier_var(copied);
		barrier_var(part);
		if (copied > LS_STACK_BYTES - 4096 || part > 4096)
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

static __always_inline void take_own_python(struct ls_look *l, struct task_struct *task)
{
	u32 tgid = tgid_seen_by_us(task);
	struct ls_python *py = bpf_map_lookup_elem(&pythons, &tgid);

	if (py)
		python_walk(py, task, (struct python_thread *)l->python, &l->sample.python);
}

static __always_inline void take_python(struct ls_look *l, struct task_struct *task, struct pt_regs *regs)
{
	struct ls_record_sample *r = &l->sample;
	u32 tgid = tgid_seen_by_us(task);
	struct ls_python *py = bpf_map_lookup_elem(&pythons, &tgid);

	if (!py)
		return;
	python_walk(py, task, (struct python_thread *)l->python, &r->python);
	if (regs_syscall(regs) == NR_FUTEX && python_gil_holder(py, task, (struct python_thread *)l->python, regs_arg0(regs), &r->holder))
		r->flags |= LS_SAMPLE_GIL;
}

/* The address of the GIL that the task, which falls asleep, waits for: on a futex in its structure. Else 0. */
static __always_inline u64 gil_waited_for(const struct ls_python *py, struct task_struct *task, u64 tstate)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 gil = tstate && regs_syscall(regs) == NR_FUTEX ? python_gil_address(py, tstate) : 0;

	return gil && regs_arg0(regs) - gil < PYTHON_GIL_BYTES ? gil : 0;
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
	take_python(l, task, regs);
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
	if (stack > LS_STACK_BYTES)
		return 0;
	size = __builtin_offsetof(struct ls_record_sample, stack) + stack;
	r->head.size = size;
	if (bpf_ringbuf_output(&samples, r, size, 0))
		lose(LS_LOSS_SAMPLES);
	return 0;
}

/* ---- when ---- */

/* The loop's own wait, once for each loop: there it stands, and what is inside it was dispatched. */
static __always_inline void look_at_wait(struct thread *t, struct task_struct *task)
{
	struct ls_slot *s;
	struct ls_look *l;

	if (t->phase != PHASE_WAITING || !t->slot)
		return;
	s = slot_of(t);
	if (!s || s->traits & LS_TRAIT_WAIT_SEEN)
		return;
	l = look_of(t);
	if (!l || regs_sp((struct pt_regs *)bpf_task_pt_regs(task)) != t->loop.sp)
		return;
	s->traits |= LS_TRAIT_WAIT_SEEN;
	take_look(l, t, s, task, LS_SAMPLE_LOOP_WAIT, bpf_ktime_get_ns());
	tell(l);
}

static __always_inline void flag_sleep(struct ls_record_sample *r, u32 state, struct pt_regs *regs)
{
	if (state & (TASK_STOPPED | TASK_TRACED))
		r->flags |= LS_SAMPLE_STOPPED;
	else if (regs_syscall(regs) < 0)
		r->flags |= LS_SAMPLE_PAGE_FAULT;
}

/*
 * Steps whose handler is asked for are looked at as well, when they are short and their iteration is young; the looks at
 * stalls go on as if these were not there. First at this age of a step, then ever rarer.
 */
#define STEP_LOOK_NS 300000
#define LONG_STEPS_NS 1000000000ULL /* for so long after a long step others are expected */

static __always_inline struct ls_task_stat *wanted_step(struct thread *t)
{
	u32 stat = t->step_stat - 1;
	struct ls_task_stat *s = t->step_stat ? bpf_map_lookup_elem(&task_stats, &stat) : NULL;

	return s && s->handlers != LS_HANDLERS_NOT_WANTED ? s : NULL;
}

/* ---- waits for the GIL ---- */

/*
 * A wait for the GIL that lasts comes again: after the switch interval the thread asks for the GIL and sleeps anew. So in
 * a young iteration nobody needs a look at one, of which a loop that fights for the GIL has hundreds a second, each
 * with two walks of Python frames. Their time is kept apart, see thread.gil_ns.
 */
static __always_inline bool comes_again(struct ls_look *l, struct thread *t, struct task_struct *task, u64 now)
{
	u32 tgid = tgid_seen_by_us(task);
	struct ls_python *py = bpf_map_lookup_elem(&pythons, &tgid);
	u64 latest = evidence_after_ns / 4 * 3, age = now - t->since, gil, us = 0;

	if (!py || age >= FIRST_LOOK + l->patience)
		return false;
	gil = gil_waited_for(py, task, python_thread_state(py, task, (struct python_thread *)l->python));
	if (!gil || !python_u64(gil + __builtin_offsetof(struct python_gil, interval), &us))
		return false;
	return us <= latest / 1000 && age + us * 1000 <= latest;
}

/* Whose handler is asked for: its own frames tell that. */
static __always_inline void look_at_gil_wait(struct ls_look *l, struct thread *t, struct ls_slot *s,
					     struct task_struct *task, u64 now)
{
	l->asleep = wanted_step(t) && may_take(&l->light_free_at, now);
	if (!l->asleep)
		return;
	take_outline(l, t, s, (struct pt_regs *)bpf_task_pt_regs(task), LS_SAMPLE_SLEEP, now);
	l->sample.flags = LS_SAMPLE_LIGHT;
	take_own_python(l, task);
}

/* It has ended. */
static __always_inline void add_gil_wait(struct ls_look *l, struct thread *t)
{
	t->gil_ns += t->slept_ns;
	l->gil_wait = 0;
	if (!l->asleep)
		return;
	l->asleep = 0;
	l->sample.length_ns = t->slept_ns;
	if (t->slept_ns >= STEP_LOOK_NS)
		tell(l);
}

/* ---- sleeps ---- */

static __always_inline void look_asleep(struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct ls_look *l = look_of(t);

	if (!l)
		return;
	look_at_iteration(l, t, s);
	l->gil_wait = comes_again(l, t, task, now);
	if (l->gil_wait) {
		look_at_gil_wait(l, t, s, task, now);
		return;
	}
	l->asleep = may_look(l, now);
	if (!l->asleep)
		return;
	take_look(l, t, s, task, LS_SAMPLE_SLEEP, now);
	flag_sleep(&l->sample, task_state(task), regs);
	l->fd = wait_descriptor(regs);
	if (regs_syscall(regs) == NR_CONNECT) /* needs memory that is not at hand later */
		read_slept_on(&l->sample.object, task, regs);
}

/*
 * At the wakeup, or at the switch-in if that was hidden. The syscall has not returned: its descriptor is still what it was,
 * and the kernel's stack is whole.
 */
static __always_inline void look_awake(struct thread *t, struct task_struct *task)
{
	struct ls_look *l = look_of(t);
	struct ls_record_sample *r;

	if (!l)
		return;
	if (l->gil_wait) {
		add_gil_wait(l, t);
		return;
	}
	l->sleeping_ns += t->slept_ns;
	if (!l->asleep || l->sleeping_ns < sleep_limit_ns)
		return;
	r = &l->sample;
	r->length_ns = t->slept_ns;
	r->weight_ns = l->sleeping_ns;
	l->sleeping_ns = 0;
	if (r->flags & LS_SAMPLE_GIL) {
		r->weight_ns += t->gil_ns;
		t->gil_ns = 0;
	}
	l->asleep = 0;
	if (r->object.kind == LS_OBJECT_NONE && l->fd >= 0 && !(r->flags & LS_SAMPLE_STOPPED))
		read_object_of(&r->object, task, l->fd);
	take_kernel_stack(r, task);
	tell(l);
}

/*
 * A hypervisor's thread may hide both the wakeup and the switch-in. The sleep was inside the iteration that has just ended,
 * and took what was left of it. Where in the kernel it was is gone.
 */
static __always_inline void look_late(struct thread *t)
{
	struct ls_slot *s = slot_of(t);
	struct ls_look *l = look_of(t);

	if (!s || !l || !l->asleep || l->iteration != s->iterations)
		return;
	l->asleep = 0;
	l->sample.length_ns = l->sample.weight_ns = t->unseen_ns;
	tell(l);
}

/* ---- asked by user space: a look at a thread that sleeps since before loopstall attached, or since the budget ran out ---- */

struct ls_sleeper sleeper = {};

static __always_inline void look_at_sleeper(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct thread *t = bpf_task_storage_get(&threads, task, 0, 0);
	struct ls_slot *s = t ? slot_of(t) : NULL;
	struct ls_look *l = t ? look_of(t) : NULL;
	u32 state = task_state(task);
	struct ls_record_sample *r;

	if (!s || !l || !state || t->phase != PHASE_BUSY || t->off != LS_OFF_BLOCKED)
		return;
	r = &l->sample;
	if (l->asleep && !(r->flags & LS_SAMPLE_FROM_OUTSIDE))
		return;
	look_at_iteration(l, t, s);
	take_outline(l, t, s, regs, LS_SAMPLE_SLEEP, t->off_since);
	r->flags = LS_SAMPLE_FROM_OUTSIDE;
	flag_sleep(r, state, regs);
	r->thread_pointer = thread_pointer(task);
	r->switches = task->nvcsw + task->nivcsw;
	l->fd = takes_descriptor(regs_syscall(regs)) ? (s32)regs_arg0(regs) : sleeper.fd;
	read_object_of(&r->object, task, r->flags & LS_SAMPLE_STOPPED ? -1 : l->fd);
	take_kernel_stack(r, task);
	l->asleep = 1;
	l->gil_wait = 0;
}

SEC("iter/task") int look_from_outside(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && sleeper.tid && pid_seen_by_us(task) == sleeper.tid)
		look_at_sleeper(task);
	return 0;
}

/* Ever rarer as the iteration grows older, so that a long one has about a hundred looks. */
static __always_inline u64 next_look(u64 age)
{
	u64 least = evidence_after_ns / 10, step = age / 16;

	if (step < least)
		return least;
	return step < 1000000000 ? step : 1000000000;
}

/* ---- task steps ---- */

static __always_inline bool steps_are_looked_at(struct thread *t, u64 now)
{
	if (!t || !t->step.number)
		return false;
	return (t->step.long_at && now - t->step.long_at < LONG_STEPS_NS) || wanted_step(t);
}

static __always_inline bool step_wants_look(struct ls_look *l, struct thread *t, u64 now)
{
	u64 age = now - t->step.since, least = age / 4;
	u64 looked = l->cpu_look_at > l->light_look_at ? l->cpu_look_at : l->light_look_at;

	if (!wanted_step(t) || age < STEP_LOOK_NS)
		return false;
	return looked < t->step.since || now - looked >= (least > STEP_LOOK_NS ? least : STEP_LOOK_NS);
}

/* Frames without stacks, and without weight: what the step took is measured. */
static __always_inline void look_at_step(struct ls_look *l, struct thread *t, struct ls_slot *s, struct task_struct *task, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (!step_wants_look(l, t, now) || !may_take(&l->light_free_at, now))
		return;
	l->light_look_at = now;
	look_at_iteration(l, t, s);
	take_outline(l, t, s, regs, LS_SAMPLE_CPU, now);
	l->sample.flags = LS_SAMPLE_LIGHT;
	l->asleep = 0;
	take_own_python(l, task);
	tell(l);
}

/*
 * A step's probes see it open until the next one begins or the loop waits. In between the interpreter may make the thread
 * hand over the GIL, or another thread gets its CPU, and what comes then is no part of it: it has ended if the frame that
 * calls Handle._run is met before Handle._run's own. Only the innermost frames are looked at: deep inside there is a step
 * going on.
 */
#define STEP_FRAMES 6

struct step_walk {
	const struct ls_python *py;
	struct python_thread *t;
	const struct step *step;
	u32 ended;
};

static long step_frame(u32 i, void *context)
{
	struct step_walk *w = context;
	const struct ls_python *py = w->py;
	u64 at = w->t->at, code;

	if (!at || !python_read(at + py->frame_begin, w->t->frame, py->frame_bytes & (LS_PYTHON_FRAME_BLOCK - 1)))
		return 1;
	w->t->at = python_in_frame(u64, w->t, py->frame_previous);
	code = python_in_frame(u64, w->t, py->frame_code) & ~7ULL;
	w->ended = at == w->step->loop_frame && code == w->step->loop_code;
	return w->ended || code == w->step->handle_code;
}

static __noinline u32 left_handle(const struct ls_python *py, struct python_thread *pt, struct step *step, u64 tstate)
{
	struct step_walk w = {.py = py, .t = pt, .step = step};

	if (!py || !pt || !step)
		return 0;
	pt->at = python_first_frame(py, tstate);
	bpf_loop(STEP_FRAMES, step_frame, &w, 0);
	return w.ended;
}

static __always_inline bool step_has_ended(struct thread *t, struct task_struct *task, bool runnable)
{
	u64 tstate;
	u32 tgid = tgid_seen_by_us(task);
	struct python_thread *pt;
	struct ls_python *py;
	struct ls_look *l;

	if (!t->step.loop_frame)
		return false;
	py = bpf_map_lookup_elem(&pythons, &tgid);
	l = look_of(t);
	if (!py || !l)
		return false;
	pt = (struct python_thread *)l->python;
	tstate = python_thread_state(py, task, pt);
	return tstate && (runnable || gil_waited_for(py, task, tstate)) && left_handle(py, pt, &t->step, tstate);
}

static __always_inline bool is_due(struct ls_look *l, struct thread *t, struct ls_slot *s, u64 now)
{
	u64 age = now - t->since;

	if (age < FIRST_LOOK)
		return false;
	look_at_iteration(l, t, s);
	if (age < FIRST_LOOK + l->patience)
		return false;
	l->grew_old |= age >= evidence_after_ns / 4 * 3;
	return now - l->cpu_look_at >= next_look(now - t->since) && may_look(l, now);
}

static __always_inline void look_running(struct ls_slot *s, u32 index, struct task_struct *task, u64 now)
{
	struct ls_look *l = bpf_map_lookup_elem(&looks, &index);
	struct thread *t = thread_of(task);
	u64 cpu;

	if (!l || !t || t->phase != PHASE_BUSY)
		return;
	if (!is_due(l, t, s, now)) {
		look_at_step(l, t, s, task, now);
		return;
	}
	cpu = cpu_clock(task, t, now);
	take_look(l, t, s, task, LS_SAMPLE_CPU, now);
	l->sample.weight_ns = cpu - l->cpu_ns;
	l->cpu_ns = cpu;
	l->cpu_look_at = now;
	l->cpu_looks++;
	l->asleep = 0;
	take_kernel_stack(&l->sample, task);
	tell(l);
}

#endif
