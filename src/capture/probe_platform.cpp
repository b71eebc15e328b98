// What this kernel lets this user do, found out by trying: version numbers and lockdown files do not tell.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>
#include <unistd.h>

#include "capture/objects.h"
#include "capture/trial.h"
#include "capture/wait_functions.h"

namespace loopstall {
namespace {

Probe verdict(std::string name, bool required, int err, std::string_view good, std::string_view next_step) {
  if (!err) return {std::move(name), true, required, std::string(good)};
  return {std::move(name), false, required, fmt::format("{}; {}", std::strerror(err), next_step)};
}

int try_map(bpf_map_type type) {
  const int supported = libbpf_probe_bpf_map_type(type, nullptr);
  return supported == 1 ? 0 : supported < 0 ? -supported : EPERM;
}

Probe btf() {
  const std::unique_ptr<::btf, void (*)(::btf*)> types(btf__load_vmlinux_btf(), btf__free);
  return verdict("kernel type information (BTF)", true, types ? 0 : errno, "/sys/kernel/btf/vmlinux",
                 "needs a kernel built with CONFIG_DEBUG_INFO_BTF");
}

constexpr const char* kNeedsBpf = "needs root, or CAP_BPF and CAP_PERFMON";

Probe tracepoint_programs() {
  return verdict("BPF programs on tracepoints", true, try_load(BPF_PROG_TYPE_TRACEPOINT, nullptr), "load", kNeedsBpf);
}

Probe typed_tracepoints() {
  return verdict("BPF programs on typed tracepoints", true, try_tracing("sched_switch", BPF_TRACE_RAW_TP),
                 "tp_btf loads", kNeedsBpf);
}

Probe fentry() {
  return verdict("BPF programs on kernel functions", false, try_wait_function(),
                 "fentry loads: some seconds on, only the loops' waits pay", "not needed: tracepoints serve");
}

Probe maps() {
  int err = try_map(BPF_MAP_TYPE_TASK_STORAGE);
  if (!err) err = try_map(BPF_MAP_TYPE_RINGBUF);
  return verdict("task storage and ring buffer", true, err, "can be made", "needs Linux 5.11 and CAP_BPF");
}

Probe tracefs() {
  const auto mounted = TraceFs::open();
  if (!mounted) return {"tracefs", false, true, mounted.error().message};
  const bool found = mounted->syscall_event_id("sys_enter_epoll_pwait").has_value();
  return verdict("syscall tracepoints", true, found ? 0 : ENOENT, fmt::format("in tracefs ({})", mounted->where()),
                 "needs a kernel built with CONFIG_FTRACE_SYSCALLS");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Probe looks_at_stalls(const SplitObject& split) {
  if (split.has_evidence()) return {std::string(kLooksAtStalls), true, false, "load: stacks and causes"};
  return {std::string(kLooksAtStalls), false, false, split.no_evidence + "; iterations are counted without them"};
}

// What is measured if asked for, where the kernel can.
template <class Object>
Probe on_demand(const std::string& name, const Addition<Object>& addition, const std::string& what) {
  if (addition) return {name, true, false, what};
  return {name, false, false, addition.why_not + "; everything else is measured"};
}

void add_own_probes(std::vector<Probe>& probes) {
  const std::string name = "loopstall's own probes";
  CaptureOptions all;
  all.requests = true;
  auto objects = load_objects(all);
  if (!objects) return probes.push_back({name, false, true, first_line(objects.error().message)});
  auto attached = attach_objects(*objects, all);
  if (!attached) return probes.push_back({name, false, true, first_line(attached.error().message)});
  probes.push_back({name, true, true, "load, pass the verifier and attach"});
  probes.push_back(looks_at_stalls(objects->split));
  probes.push_back(on_demand("queue delay", objects->queue, "how long sockets wait to be read is measured"));
  probes.push_back(on_demand("requests by name", objects->requests, "what loops read can be named (--requests)"));
}

}  // namespace

std::vector<Probe> probe_platform() {
  libbpf_set_print(nullptr);
  std::vector<Probe> probes = {btf(), tracefs(), maps(), tracepoint_programs(), typed_tracepoints(), fentry()};
  add_own_probes(probes);
  return probes;
}

}  // namespace loopstall
