"""cvc5 as a rival on SyGuS `.sl` files (extra `cvc5`).

It runs in a process of its own, which a timer ends when the seconds are over, since its own limit
is not always kept. Incremental solving is switched off: the Python API's default is on, and
then cvc5 silently does without its unification for programming by example. Answers are read
back as programs of the task and run on its examples; a claim that does not hold is no solution.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cvc5_process import TIMED_OUT
from eval.entrants import unsolved
from synth.enumeration import smallest
from synth.errors import InputError, SynthError
from synth.execution import Budget, Executor
from synth.search import Search
from synth.solution import Solution, Step
from synth.together import Job

if TYPE_CHECKING:
    from synth.domains import Task
    from synth.tree import Ids

_BUSY = 8.0  # times as long that a busy machine may take for the CPU seconds of a budget
_START = 60.0  # seconds beyond the budget that the process may take to start and to read the file


def available() -> None:
    """Raise `InputError` when cvc5 is not installed."""
    if importlib.util.find_spec("cvc5") is None:
        raise InputError("cvc5 is not installed; pip install 'synth[cvc5]', or take it out of the policies")


def open_search(job: Job, budget: Budget) -> Search:
    """A search that asks cvc5 once. Raises `InputError` for a task that is no `.sl` file."""
    _, unit = job.key
    task, path = job.task, unit.item.path
    if path is None or path.suffix != ".sl":
        raise InputError(f"{task.name}: cvc5 reads .sl files only; give its policy the 'sets' that have them")
    return _search(task, path, budget, "cpu" if job.budget.clock is time.process_time else "wall")


def _search(task: Task, path: Path, budget: Budget, clock: str) -> Search:
    told = ask(path, budget.seconds, clock)
    if told["answer"] is None:
        return unsolved(task, smallest(task), told["stop"], told["seconds"])
    from eval.smt import program  # reads the answer with the help of the strings domain

    try:
        ids = program(task, told["answer"])
    except SynthError as error:
        raise InputError(f"{task.name}: cvc5's answer is no program of the task: {error}") from None
    return _checked(task, ids, told["seconds"])
    yield  # a search is a generator


def _checked(task: Task, ids: Ids, seconds: float) -> Solution:
    """The solution that cvc5 claims, as the domain's own execution sees it."""
    from synth.domains import domain

    executor = Executor(domain(task.domain), task, Budget(seconds=60.0))
    result = executor.run([ids])[0]
    assert result is not None
    solved = result.score < task.solved_below
    stop = "solved" if solved else "wrong answer"
    return Solution(task, ids, result.score, solved, stop, 1, 0, seconds, (Step(ids, result.score, None, "cvc5"),))


def ask(path: Path, seconds: float, clock: str = "wall") -> dict[str, Any]:
    """What cvc5 says of a file: `answer` (SMT-LIB, or None), `stop`, `seconds` from reading the file on."""
    command = [sys.executable, "-m", "eval.cvc5_process", str(path), str(seconds), clock]
    root = str(Path(__file__).parents[1])
    try:
        wait = _BUSY * seconds + _START
        done = subprocess.run(command, capture_output=True, text=True, timeout=wait, cwd=root)
    except subprocess.TimeoutExpired:
        return {"answer": None, "stop": "seconds", "seconds": seconds}
    if done.returncode == 0 and done.stdout:
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told
    if done.returncode in TIMED_OUT:
        return {"answer": None, "stop": "seconds", "seconds": seconds}
    raise InputError(f"{path}: cvc5: {(done.stderr.strip().splitlines() or ['ended without an answer'])[-1]}")
