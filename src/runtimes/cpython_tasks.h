// Where to probe a CPython so that each task step of asyncio, uvloop and trio is seen, and where the task's identity
// is.
//
// asyncio runs every Handle through Context.run, whose C function no symbol of a stripped build names: the method table
// of the exported PyContext_Type does. self is its first argument, an array of arguments its second, their number the
// third, in 3.8 to 3.15. So does trio with its tasks' coroutines' send() and throw(). uvloop runs its own callbacks
// between the exported PyContext_Enter and PyContext_Exit, and protocols' methods through Context.run: it needs all
// three.
//
// Types are static, so they are the same in all interpreters of a process; those of _asyncio are not from 3.12 on.
#pragma once

#include "base/result.h"
#include "model/task_plan.h"
#include "runtimes/cpython_layout.h"
#include "target/procfs.h"

namespace loopstall {

// The error's message is the plain reason why task steps can not be counted. One of them passes: "asyncio is not
// loaded", where trio does not run either.
Result<TaskPlan> plan_python_tasks(const ProcFs& proc, const ProcessInfo& process, const PythonLayout& layout);

}  // namespace loopstall
