// What this kernel lets this user do, found out by trying: version numbers and lockdown files do not tell.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "capture/objects.h"

namespace loopstall {
namespace {

// r0 = 0; exit
constexpr std::array<bpf_insn, 2> kNothing = {
    {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}}};

Probe verdict(std::string name, bool required, int err, std::string_view good, std::string_view next_step) {
  if (!err) return {std::move(name), true, required, std::string(good)};
  return {std::move(name), false, required, fmt::format("{}; {}", std::strerror(err), next_step)};
}

int load_error_of(bpf_prog_type type, bpf_prog_load_opts* opts) {
  const Fd program(bpf_prog_load(type, "probe", "GPL", kNothing.data(), kNothing.size(), opts));
  return program ? 0 : errno;
}

int try_tracing(const char* function, bpf_attach_type attach_type) {
  const int id = libbpf_find_vmlinux_btf_id(function, attach_type);
  if (id <= 0) return ENOENT;
  LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type);
  opts.attach_btf_id = static_cast<__u32>(id);
  return load_error_of(BPF_PROG_TYPE_TRACING, &opts);
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
  return verdict("BPF programs on tracepoints", true, load_error_of(BPF_PROG_TYPE_TRACEPOINT, nullptr), "load",
                 kNeedsBpf);
}

Probe typed_tracepoints() {
  return verdict("BPF programs on typed tracepoints", true, try_tracing("sched_switch", BPF_TRACE_RAW_TP),
                 "tp_btf loads", kNeedsBpf);
}

Probe fentry() {
  return verdict("BPF programs on kernel functions", false, try_tracing("do_epoll_wait", BPF_TRACE_FENTRY),
                 "fentry loads (not used yet)", "not needed: tracepoints serve");
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
  auto attached = attach_objects(*objects);
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
