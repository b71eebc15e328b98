"""The two sides of a pair: one server with this or that attached, or the same server started in two ways."""
import time
from contextlib import contextmanager, nullcontext

from .attached import Attached
from .running import Running


@contextmanager
def under_load(processes, server, plan):
    load = processes.start(server.server.load(server.port).endless(), plan.load_cpu, "load")
    time.sleep(plan.warm_up)
    yield
    processes.end(load)


class Attachments:
    """One server all the time. On: the tool is attached to it. Off: nothing is, or the tool that it is compared to."""

    def __init__(self, processes, kind, tool, against, plan):
        self._processes, self._tool, self._against, self._plan = processes, tool, against, plan
        self._server = Running(processes, kind, plan.server_cpu)

    def loaded(self):
        """Around all windows."""
        return under_load(self._processes, self._server, self._plan)

    @contextmanager
    def quiet(self, on):
        """Gives the server, without more load than there is."""
        tool = self._tool if on else self._against
        with Attached(self._processes, tool, self._server.pid) if tool else nullcontext():
            time.sleep(self._server.server.first_look if tool else 0)
            yield self._server

    busy = quiet


class Restarts:
    """A fresh server under fresh load for each side of each group, as what is compared is a way to start it. So the
    luck of one process (where its memory is) is not taken for a difference."""

    def __init__(self, processes, kind, tool, plan):
        self._processes, self._kind, self._tool, self._plan = processes, kind, tool, plan

    def loaded(self):
        return nullcontext()

    @contextmanager
    def quiet(self, on):
        server = Running(self._processes, self._kind, self._plan.server_cpu, self._tool.environment if on else ())
        yield server
        self._processes.end(server.process)

    @contextmanager
    def busy(self, on):
        """Gives the server under load."""
        with self.quiet(on) as server, under_load(self._processes, server, self._plan):
            yield server


def sides(processes, kind, tool, against, plan):
    if tool.environment:
        return Restarts(processes, kind, tool, plan)
    return Attachments(processes, kind, tool, against, plan)
