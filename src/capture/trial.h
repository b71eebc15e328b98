// What the kernel lets this user load, found out by trying: version numbers and lockdown files do not tell.
#pragma once

#include <bpf/bpf.h>

#include <array>

namespace loopstall {

// r0 = 0; exit
inline constexpr std::array<bpf_insn, 2> kNothing = {
    {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}}};

// An errno, or 0: it loads.
int try_load(bpf_prog_type type, bpf_prog_load_opts* opts);
// On a kernel function or typed tracepoint of that name.
int try_tracing(const char* name, bpf_attach_type attach_type);

}  // namespace loopstall
