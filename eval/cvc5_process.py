"""One cvc5 run: `python -m eval.cvc5_process FILE SECONDS wall|cpu` prints a JSON object with the answer.

A timer ends the process when the seconds are over; the caller tells that by the signal.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.smt import version_two

# what reads a clock, the timer that goes by it, and the signal of that timer
_CLOCKS: dict[str, tuple[Callable[[], float], int, signal.Signals]] = {
    "wall": (time.monotonic, signal.ITIMER_REAL, signal.SIGALRM),
    "cpu": (time.process_time, signal.ITIMER_PROF, signal.SIGPROF),
}
TIMED_OUT = tuple(-number for _, _, number in _CLOCKS.values())  # return codes of a process whose timer ended it


def run(path: str, seconds: float, clock: str = "wall") -> dict[str, Any]:
    """Solve a SyGuS file: `answer` is the body of the function in SMT-LIB, or None."""
    import cvc5

    now, timer, number = _CLOCKS[clock]
    signal.signal(number, signal.SIG_DFL)  # ends the process at once, whatever cvc5 is doing
    began = now()
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("sygus", "true")
    solver.setOption("incremental", "false")  # the API's default is true, which turns PBE unification off
    symbols = cvc5.SymbolManager(manager)
    parser = cvc5.InputParser(solver, symbols)
    text = version_two(Path(path).read_text(encoding="utf-8").removeprefix("\ufeff"))
    parser.setStringInput(cvc5.InputLanguage.SYGUS_2_1, text, Path(path).name)
    signal.setitimer(timer, max(seconds, 1e-3))
    answer = None
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        said = str(command.invoke(solver, symbols))
        if "define-fun" in said:
            answer = said
    spent = min(now() - began, seconds)
    signal.setitimer(timer, 0)
    return {"answer": answer, "stop": "solved" if answer else "exhausted", "seconds": spent}


def main() -> None:
    """Print the result of the file and the seconds given as arguments."""
    path, seconds, clock = sys.argv[1:]
    print(json.dumps(run(path, float(seconds), clock)), flush=True)


if __name__ == "__main__":
    main()
