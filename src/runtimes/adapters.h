// One function per adapter file; the table in table.cpp lists them.
#pragma once

#include "runtimes/runtime.h"

namespace loopstall {

using Detected = std::optional<Runtime>;

Detected detect_server(const ProcFs& proc, const ProcessInfo& process);
Detected detect_uvloop(const ProcFs& proc, const ProcessInfo& process);
Detected detect_cpython(const ProcFs& proc, const ProcessInfo& process);
Detected detect_node(const ProcFs& proc, const ProcessInfo& process);
Detected detect_tokio(const ProcFs& proc, const ProcessInfo& process);
Detected detect_asio(const ProcFs& proc, const ProcessInfo& process);
Detected detect_libuv(const ProcFs& proc, const ProcessInfo& process);
Detected detect_libevent(const ProcFs& proc, const ProcessInfo& process);
Detected detect_libev(const ProcFs& proc, const ProcessInfo& process);
Detected detect_glib(const ProcFs& proc, const ProcessInfo& process);
Detected detect_native(const ProcFs& proc, const ProcessInfo& process);

}  // namespace loopstall
