"""The machine and the versions, described without any name that identifies the machine."""
import datetime
import os
import platform
import re
import subprocess

from .processes import ALL_CPUS, text


def first_number(command):
    """The version in a program's own words."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d[\w.]*", done.stdout + done.stderr)
    return found.group() if found else "?"


def _field(path, name):
    found = re.search(rf"^{name}\s*[:=]\s*\"?([^\"\n]*)", text(path), re.MULTILINE)
    return found.group(1).strip() if found else "?"


def describe(servers, tools):
    versions = {"uvicorn" if server.python else name: first_number(server.version) for name, server in servers.items()}
    pythons = sorted({server.python for server in servers.values() if server.python})
    versions.update({"Python": ", ".join(first_number([python, "--version"]) for python in pythons)} if pythons else {})
    for name, tool in tools.items():
        if tool.version:
            versions[name] = first_number(tool.version)
    virtual = "hypervisor" in _field("/proc/cpuinfo", "flags")
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cpus": len(ALL_CPUS),
        "virtual": virtual,
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": ".".join(platform.release().split("-")[0].split(".")[:3]),
        "system": _field("/etc/os-release", "PRETTY_NAME"),
        "versions": versions,
    }


def sentence(machine):
    kind = "virtual machine" if machine["virtual"] else "machine"
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (f"Measured {machine['date']} on a {kind} with {machine['cpus']} CPUs ({machine['cpu']}), "
            f"{machine['memory_mib']} MiB of memory, Linux {machine['kernel']}, {machine['system']}. {versions}.")
