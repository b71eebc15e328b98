// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The split alone: for kernels and users where evidence.bpf.c is refused. */
#include "state.bpf.h"

static __always_inline void look_at_wait(struct thread *t, struct task_struct *task) {}
static __always_inline void look_asleep(struct thread *t, struct ls_slot *s, struct task_struct *task, __u64 now) {}
static __always_inline void look_late(struct thread *t) {}
static __always_inline void look_awake(struct thread *t, struct task_struct *task) {}
static __always_inline void look_running(struct ls_slot *s, __u32 index, struct task_struct *task, __u64 now) {}
static __always_inline bool step_has_ended(struct thread *t, struct task_struct *task, bool runnable) { return false; }
static __always_inline bool steps_are_looked_at(struct thread *t, __u64 now) { return false; }

#include "split.bpf.h"
