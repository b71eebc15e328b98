"""The kinds of callbacks of task_server.py. Each says that it begins and ends, see step_truth.py."""
import asyncio

import step_truth
from task_kinds import US, spin


def plain():
    step_truth.first()
    spin(50 * US)
    step_truth.last()


def with_arguments(ns, *_):
    step_truth.first()
    spin(ns)
    step_truth.last()


def by_timer():
    step_truth.first()
    spin(100 * US)
    step_truth.last()


def from_a_thread():
    step_truth.first()
    spin(50 * US)
    step_truth.last()


def raises_in_callback():
    step_truth.first()
    spin(50 * US)
    step_truth.last()
    raise ValueError("as it should")


class Base:
    def inherited(self):
        step_truth.first()
        spin(50 * US)
        step_truth.last()


class Worker(Base):
    def method(self):
        step_truth.first()
        spin(50 * US)
        step_truth.last()

    @classmethod
    def of_the_class(cls):
        step_truth.first()
        spin(50 * US)
        step_truth.last()


class Callable:
    def __call__(self):
        spin(50 * US)


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        """On uvloop a part of a step of its own that goes by another name."""
        self.transport = transport

    def data_received(self, data):
        step_truth.first()
        spin(200 * US)
        self.transport.write(data)
        step_truth.last()
