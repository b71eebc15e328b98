#include "runtimes/cpython_tasks.h"

#include <fmt/format.h>

#include "runtimes/cpython_task_layout.h"
#include "runtimes/cpython_task_module.h"
#include "runtimes/probe_file.h"
#include "runtimes/prologue.h"
#include "runtimes/python_image.h"
#include "runtimes/python_loops.h"
#include "runtimes/python_types.h"

namespace loopstall {
namespace {

constexpr std::int32_t kFastWithKeywords = 0x82;  // METH_FASTCALL | METH_KEYWORDS
constexpr int kFirstWithFrameStack = 11;
constexpr int kRunArguments = 3, kRunningLoopArguments = 2;

struct Target {
  const ProcFs& proc;
  int pid;
  const TargetMemory& memory;
  const PythonImage& image;
};

PythonTaskTypes types_of(const PythonImage& image) {
  return {.context = image.address("PyContext_Type"),
          .function = image.address("PyFunction_Type"),
          .method = image.address("PyMethod_Type"),
          .builtin = image.address("PyCFunction_Type"),
          .cmethod = image.address("PyCMethod_Type"),
          .coroutine = image.address("PyCoro_Type"),
          .generator = image.address("PyGen_Type"),
          .asend = image.address("_PyAsyncGenASend_Type")};
}

Result<MappedCode> code_of(const Target& target, std::string_view name, std::uint64_t address) {
  auto code = mapped_code(target.proc, target.pid, target.image.elf, target.image.mappings, address);
  if (!code) return fail(fmt::format("its {} {}", name, code.error().message));
  return code;
}

tl::unexpected<Error> no_instruction(std::string_view name) {
  return fail(fmt::format("its {} begins without an instruction that the kernel emulates", name));
}

Result<ProbeSite> run_site(const Target& target, const PythonTaskTypes& types) {
  const auto method = type_method(target.memory, types.context, "run");
  if (!method || method->flags != kFastWithKeywords) return fail("its Context.run is not the one that is known");
  const auto code = code_of(target, "Context.run", method->function);
  if (!code) return tl::unexpected(code.error());
  const auto point = probe_point(code->bytes, kRunArguments);
  if (!point) return no_instruction("Context.run");
  return ProbeSite{ProbeSite::What::ContextRun, code->file, code->offset + *point, 0};
}

Result<ProbeSite> context_site(const Target& target, ProbeSite::What what, std::string_view name) {
  const auto address = target.image.address(name);
  if (address == 0) return fail(fmt::format("it does not export {}", name));
  const auto code = code_of(target, name, address);
  if (!code) return tl::unexpected(code.error());
  const auto point = first_argument_point(code->bytes);
  if (!point) return no_instruction(name);
  return ProbeSite{what, code->file, code->offset + point->offset, point->argument};
}

// With which a loop begins to run, and stops: without it, what runs after a loop belongs to its last step.
std::optional<ProbeSite> running_loop_site(const TaskModules& modules) {
  const auto& code = modules.set_running_loop;
  const auto point = code ? probe_point(code->bytes, kRunningLoopArguments) : std::nullopt;
  if (!point) return std::nullopt;
  return ProbeSite{ProbeSite::What::RunningLoop, code->file, code->offset + *point, 0};
}

Result<> add(std::vector<ProbeSite>& sites, Result<ProbeSite> site) {
  if (!site) return tl::unexpected(site.error());
  sites.push_back(std::move(*site));
  return {};
}

Result<std::vector<ProbeSite>> sites_of(const Target& target, const PythonTaskTypes& types,
                                        const TaskModules& modules) {
  std::vector<ProbeSite> sites;
  auto done = add(sites, run_site(target, types));
  if (done && modules.uvloop)
    done = add(sites, context_site(target, ProbeSite::What::ContextEnter, "PyContext_Enter")).and_then([&] {
      return add(sites, context_site(target, ProbeSite::What::ContextExit, "PyContext_Exit"));
    });
  if (!done) return tl::unexpected(done.error());
  if (auto site = running_loop_site(modules)) sites.push_back(std::move(*site));
  return sites;
}

TaskPlan plan_of(const PythonTaskTypes& types, const PythonTaskOffsets& o, bool uvloop) {
  return {.type_function = types.function,
          .type_method = types.method,
          .type_builtin = types.builtin,
          .type_cmethod = types.cmethod,
          .type_coroutine = types.coroutine,
          .type_generator = types.generator,
          .type_asend = types.asend,
          .task_coro = o.task_coro,
          .coro_code = o.coro_code,
          .coro_qualname = o.coro_qualname,
          .func_code = o.func_code,
          .func_qualname = o.func_qualname,
          .asend_gen = kAsendGenerator,
          .uvloop = uvloop,
          .sites = {}};
}

Result<TaskPlan> plan(const Target& target, const PythonLayout& layout) {
  const auto types = types_of(target.image);
  if (!types.complete()) return fail("it does not export PyContext_Type and the types of tasks");
  const auto offsets = python_task_offsets(layout.minor);
  if (!offsets) return fail("tasks of this version are not known");
  if (auto done = check_task_layout(target.memory, types, *offsets); !done) return tl::unexpected(done.error());
  const auto modules = check_task_modules(target.proc, target.pid, target.memory, target.image, layout.minor, *offsets);
  if (!modules) return tl::unexpected(modules.error());
  if (!modules->asyncio && !running_loops(target.memory, layout).trio) return fail("asyncio is not loaded");
  auto sites = sites_of(target, types, *modules);
  if (!sites) return tl::unexpected(sites.error());
  auto plan = plan_of(types, *offsets, modules->uvloop);
  plan.frames_move = layout.minor < kFirstWithFrameStack;
  plan.none = target.image.address("_Py_NoneStruct");
  plan.method_send = method_address(target.memory, types.coroutine, "send");
  plan.method_throw = method_address(target.memory, types.coroutine, "throw");
  plan.sites = std::move(*sites);
  return plan;
}

}  // namespace

Result<TaskPlan> plan_python_tasks(const ProcFs& proc, const ProcessInfo& process, const PythonLayout& layout) {
  const ProcessMemory memory(process.pid);
  const auto image = find_python_image(proc, process, memory);
  if (!image) return tl::unexpected(image.error());
  return plan({proc, process.pid, memory, *image}, layout);
}

}  // namespace loopstall
