"""Domains whose spec is a list of examples: inputs and the output that is wanted.

Such a domain (`domain`) says what each production computes from the values of its children, how far
a value is from a wanted one, and how values relate; running, scoring and annotating programs
follow here, and so does bottom-up enumeration (`synth.enumeration`). Values are hashable; None
is no value (past a limit), and so is all that is computed from it. Imports the domain interface.
"""

from synth.domains.examples.arrays import Arrays, Block
from synth.domains.examples.automaton import MOST_STATES, Automaton, States
from synth.domains.examples.domain import ExampleDomain
from synth.domains.examples.joins import Ending, Joins, Outer, Threshold
from synth.domains.examples.runner import Operator, Runner, Table, every, shortened
from synth.domains.examples.spec import Examples, Row, notes_of, same

__all__ = [
    "MOST_STATES",
    "Arrays",
    "Automaton",
    "Block",
    "Ending",
    "ExampleDomain",
    "Examples",
    "Joins",
    "Operator",
    "Outer",
    "Row",
    "Runner",
    "States",
    "Table",
    "Threshold",
    "every",
    "notes_of",
    "same",
    "shortened",
]
