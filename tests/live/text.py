"""What a process' code looks like in its memory: a probe is a changed byte there."""
import hashlib
import pathlib


def code_mappings(pid):
    """The lines of /proc/PID/maps that can hold code: a heap may grow under load, code may not change."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    return [line for line in lines if " r-x" in line or "[uprobes]" in line]


def code_hash(pid):
    digest = hashlib.sha256()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in code_mappings(pid):
            if "[vsyscall]" in line:  # not readable through mem
                continue
            low, high = (int(word, 16) for word in line.split()[0].split("-"))
            memory.seek(low)
            digest.update(memory.read(high - low))
    return digest.hexdigest()
