"""`python -m tests.variants < jobs.json`: runs tests on many versions of small files, each in a fork of this process.

A job is a file and its tests; the last line printed has how many tests failed and how many there are,
job by job. For code of this repository only: nothing is isolated but by the fork.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import sys
import tempfile
from typing import NoReturn

import _pytest.config
import _pytest.main
import pytest  # noqa: F401  so that no fork has to import it

from synth.sandbox.suite import Check, load

SECONDS = 10


def _late(*_: object) -> NoReturn:
    raise TimeoutError


def _fails(check: Check) -> bool:
    signal.alarm(SECONDS)
    try:
        check.run()
    except Exception:
        return True
    finally:
        signal.alarm(0)
    return False


def run(job: tuple[str, str]) -> tuple[int, int]:
    """How many of a file's tests fail, and how many there are."""
    signal.signal(signal.SIGALRM, _late)
    file, tests = job
    with tempfile.TemporaryDirectory() as scratch:
        checks = load(file, [tests], scratch).checks
        failed = [_fails(check) for check in checks]
        for check in checks:
            if check.settle:
                check.settle()
    return sum(failed), len(failed)


def main() -> None:
    """Read the jobs, run them one after the other."""
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = pool.map(run, json.load(sys.stdin), chunksize=1)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
