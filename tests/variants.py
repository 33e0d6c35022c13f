"""`python -m tests.variants < jobs.json`: runs tests on many versions of small files, each in a fork of this process.

A job is a file and its tests; the last line printed says job by job how many tests fail, at least 1 for
a job that ends its process. For code of this repository only: nothing is isolated but by the fork.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from typing import NoReturn

import pytest  # noqa: F401  here, so that no fork has to

from synth.sandbox.checks import Check
from synth.sandbox.suite import load

SECONDS = 1.0  # of CPU time, each test
MEMORY = 1 << 30
WALL = 120.0  # of each job


def _late(*_: object) -> NoReturn:
    raise TimeoutError


def _fails(check: Check) -> bool:
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        check.run()
    except BaseException:  # what `pytest.raises` and `pytest.fail` raise is no `Exception`
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return False


def _count(file: str, tests: str, answer: Connection) -> None:
    """In the fork: how many of a file's tests fail."""
    signal.signal(signal.SIGVTALRM, _late)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as scratch:
        checks = load(file, [tests], scratch).checks
        failed = 0
        for check in checks:
            failed += _fails(check)
            if check.settle:
                check.settle()
    answer.send(failed)


def failures(file: str, tests: str) -> int:
    """How many of a file's tests fail."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_count, args=(file, tests, sender))
    process.start()
    sender.close()
    try:
        return int(receiver.recv()) if receiver.poll(WALL) else 1
    except EOFError:
        return 1
    finally:
        process.kill()
        process.join()


def main() -> None:
    """Read the jobs, run them one after the other."""
    print(json.dumps([failures(file, tests) for file, tests in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
