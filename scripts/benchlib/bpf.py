"""Which BPF programs the kernel holds: how we see that a tool is attached, and that it is gone."""
import ctypes
import platform
import struct
import time

SYSCALL = {"x86_64": 321, "aarch64": 280}
PROG_GET_NEXT_ID = 11
libc = ctypes.CDLL(None, use_errno=True)


def programs():
    """Their ids. Empty without the right to ask, or on a machine whose syscall number we do not know."""
    number, ids, last = SYSCALL.get(platform.machine()), set(), 0
    while number:
        attributes = ctypes.create_string_buffer(struct.pack("III", last, 0, 0))
        if libc.syscall(number, PROG_GET_NEXT_ID, attributes, 12) != 0:
            break
        last = struct.unpack_from("I", attributes.raw, 4)[0]
        ids.add(last)
    return ids


def wait_until_gone(ids, patience=3):
    """The kernel takes a dead tool's probes away a moment later. Programs go after their probes."""
    end = time.monotonic() + patience
    while programs() & ids:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


