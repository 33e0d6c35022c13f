"""Grammars of SyGuS files: several nonterminals of a sort, nested alternatives, definitions, and their answers."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from synth.domains.base import Task
from synth.domains.strings import Strings
from synth.domains.strings.bounds import derived
from synth.errors import InputError
from synth.execution import Budget
from synth.sample import sample
from synth.solving import solve
from synth.tasks import load_task
from synth.text import parse

DOMAIN = Strings()
QUICK = Budget(20, clock=time.process_time)

# one digit after another is all that may follow the name, and the sign in between is fixed
NESTED = """(set-logic SLIA)
(define-fun sign () String "-")
(define-fun first ((s String)) String (str.at s 0))
(define-fun pair ((s String) (t String)) String (str.++ s (str.++ sign t)))
(synth-fun label ((name String) (n Int)) String
  ((Start String) (Head String) (Tail String) (Number Int))
  ((Start String ((str.++ Head sign Tail) (pair Head (first Tail))))
   (Head String ((first name) (str.++ (first name) "." Head)))
   (Tail String ((str.from_int Number) (str.++ Tail "0")))
   (Number Int (n (+ Number 1) (- 2)))))
(declare-var name String)
(declare-var n Int)
(constraint (and (= (label "Ann" 1) "A-2") (= "B-13" (label "Bo" 12))))
(constraint (=> (and (= name "Cy") (= n 40)) (= (label name n) "C-41")))
(check-synth)
"""


def task_of(text: str, tmp_path: Path) -> Task:
    path = tmp_path / "p.sl"
    path.write_text(text)
    return load_task(path)


def test_definitions_conjunctions_and_implications_are_examples(tmp_path: Path) -> None:
    task = task_of(NESTED, tmp_path)
    assert task.spec.inputs == (("Ann", 1), ("Bo", 12), ("Cy", 40)) and task.spec.outputs == ("A-2", "B-13", "C-41")


def test_answers_are_written_in_the_files_own_words(tmp_path: Path) -> None:
    task = task_of(NESTED, tmp_path)
    solution = solve(task, "enumerate", QUICK)
    assert solution.solved
    answer = DOMAIN.forms(task, solution.ids)["smt2"]
    assert answer.endswith("(str.++ (first name) sign (str.from_int (+ n 1))))\n")


def test_a_right_program_outside_of_the_grammar_is_told(tmp_path: Path) -> None:
    task = task_of(NESTED, tmp_path)
    outside = parse(task.grammar, '(str.++ (str.at name 0) (str.++ "-" (str.from_int (+ 1 n))))').ids
    assert DOMAIN.report(task, outside) == ["right on every example, but no program of the task's own grammar"]
    assert DOMAIN.report(task, solve(task, "enumerate", QUICK).ids) == []


def test_programs_of_some_sizes_may_be_missing(tmp_path: Path) -> None:
    """All operations take two texts, so that sizes are odd; and the sum leans to the left."""
    grammar = '((A String) (B String)) ((A String (B (str.++ A B))) (B String (x "-" "!")))'
    told = '(constraint (= (f "ab") "ab-ab!")) (constraint (= (f "xyz") "xyz-xyz!"))'
    task = task_of(f"(synth-fun f ((x String)) String {grammar}) {told} (check-synth)", tmp_path)
    solution = solve(task, "enumerate", QUICK)
    assert solution.solved
    assert "(str.++ (str.++ (str.++ x " in DOMAIN.forms(task, solution.ids)["smt2"]


@pytest.mark.parametrize(
    ("program", "written"),
    [
        ('(str.++ (str.at name 0) (str.++ "-" (str.from_int n)))', "(str.++ (first name) sign (str.from_int n))"),
        ('(str.++ (str.at name 0) (str.++ "-" (str.at (str.from_int n) 0)))', "(pair (first name) (first"),
        ('(str.++ (str.at name 0) (str.++ "-" (str.from_int -2)))', "(str.from_int (- 2))"),
        ('(str.++ name (str.++ "-" (str.from_int n)))', None),
        ('(str.++ (str.at name 0) (str.++ "." (str.from_int n)))', None),
        ('(str.++ (str.at name 0) (str.++ "-" (str.at name 0)))', None),
        ("(str.from_int n)", None),
    ],
)
def test_only_what_the_grammar_derives_is_an_answer(program: str, written: str | None, tmp_path: Path) -> None:
    task = task_of(NESTED, tmp_path)
    ids = parse(task.grammar, program).ids
    text = DOMAIN.forms(task, ids).get("smt2")
    assert DOMAIN.admits(task, ids) is (written is not None)
    assert (text is None) if written is None else (text is not None and written in text)


def test_the_automaton_accepts_what_is_derived(tmp_path: Path) -> None:
    """On random programs, bottom up and top down agree; no definition here uses a parameter twice."""
    task = task_of(NESTED, tmp_path)
    automaton = DOMAIN.automaton(task)
    assert automaton is not None
    g, rng = task.grammar, np.random.default_rng(0)
    starts = [(g.production("concat"), *sample(g, rng, 1, 3), *sample(g, rng, 2, 6)) for _ in range(300)]
    good = '(str.++ (str.at name 0) (str.++ "-" (str.++ (str.from_int (+ n 1)) "0")))'
    for ids in [*starts, parse(g, good).ids]:
        stack: list[np.ndarray] = []
        for p in reversed(ids):
            kids = [stack.pop() for _ in g.children[p]]
            stack.append(automaton.move(p, kids) if kids else np.array([automaton.leaves.get(p, 0)]))
        accepted = bool(stack[0][0] & automaton.accepting)
        assert accepted == (derived(g, ids, task.spec.names, task.spec.source) is not None)
    assert accepted


BOOLEAN = """(set-logic SLIA)
(synth-fun is-code ((s String)) Bool
  ((B Bool ((and C C) (not B) (=> C B) C)) (C Bool ((str.prefixof K s) (str.suffixof K s) (str.is_digit (str.at s 1))))
   (K String ((Constant String)))))
(constraint (is-code "x7"))
(constraint (not (is-code "y7")))
(constraint (= (is-code "xx") false))
(constraint (is-code "x3z"))
"""


def test_truth_values_and_free_constants(tmp_path: Path) -> None:
    task = task_of(BOOLEAN, tmp_path)
    assert task.spec.outputs == (True, False, False, True)
    solution = solve(task, "enumerate", QUICK)
    assert solution.solved and "(str.prefixof " in DOMAIN.forms(task, solution.ids)["smt2"]


def test_right_programs_outside_of_the_grammar_are_no_answers(tmp_path: Path) -> None:
    """The sum would do, but the grammar has no way to write one from 1 to 3."""
    text = """(synth-fun f ((n Int)) Int ((A Int ((+ n B))) (B Int (1 2 (+ B B)))))
(constraint (= (f 1) 2))
(constraint (= (f 5) 6))
"""
    assert solve(task_of(text, tmp_path), "enumerate", QUICK).solved
    other = task_of(
        text.replace("(1 2 (+ B B))", "(2 4 (+ B B))").replace("6))", "8))").replace("1) 2", "1) 4"), tmp_path
    )
    solution = solve(other, "enumerate", Budget(2, executions=20_000))
    assert not solution.solved and solution.score > 0


def test_too_large_grammars_are_refused_with_a_line(tmp_path: Path) -> None:
    rules = " ".join(f"(N{k} String (x (str.++ (str.from_int {k}) N{(k + 1) % 70})))" for k in range(70))
    text = f'(synth-fun f ((x String)) String ({rules}))\n(constraint (= (f "a") "aa"))\n'
    with pytest.raises(InputError, match="more than 62 nonterminals"):
        task_of(text, tmp_path)
