"""A kit that tests any grammar and any domain by existing: it raises what the rest could not rely on.

`check_domain` asks a domain for everything that noise, paths, training and search take for
granted; `check_grammar` does the same for the language alone. Imports the core and the domain
interface: no model, no search, no test framework, and no domain by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from synth.domains.base import Domain, Task
from synth.edit import Step, actions
from synth.errors import ParseError, SynthError, TreeError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.noise import NoiseConfig, corrupt
from synth.path import Reverse
from synth.sample import sample
from synth.text import parse
from synth.tree import Ids, Tree, unparse, validate
from synth.variants import inner_nodes

_PROGRAMS = 12  # sampled per check: enough that every production of a small grammar turns up
_STEPS = 4  # first steps of each path that are followed, spread over all of them: each costs a search of paths
_MOST_FEATURE = 64  # annotations are bytes that the net divides by this


class ConformanceError(SynthError, AssertionError):
    """A grammar or domain breaks a promise that the rest of `synth` relies on."""


def _require(holds: object, message: str) -> None:
    if not holds:
        raise ConformanceError(message)


def check_grammar(grammar: Grammar, seed: int = 0) -> None:
    """Raise `ConformanceError` unless programs can be written, sampled, edited and denoised.

    A grammar with open productions must have leaves (`Grammar.extend`) where programs need them.
    """
    rng = np.random.default_rng(seed)
    least = grammar.min_primitives[grammar.start]
    _require(least < 10**9, f"grammar {grammar.name}: no finite program can be made from it")
    _check_productions(grammar)
    programs = [_sampled(grammar, rng, least + n % 6) for n in range(_PROGRAMS)]
    for ids in programs:
        _check_text(grammar, ids)
        _check_edits(grammar, ids, rng)
        _check_path(grammar, _noisy(grammar, ids, rng)[-1], ids)
    for ids, target in pairwise(programs):
        _check_path(grammar, ids, target)


def _check_productions(grammar: Grammar) -> None:
    """Every proposed production can turn up in a finite program; commutative ones are binary."""
    reached, todo = {grammar.start}, [grammar.start]
    while todo:
        fresh = {c for p in grammar.proposed[todo.pop()] for c in grammar.children[p]} - reached
        reached |= fresh
        todo += fresh
    for p, kinds in enumerate(grammar.children):
        lost = grammar.lhs[p] not in reached and p in grammar.proposed[grammar.lhs[p]]
        _require(not lost, f"{grammar.label(p)}: no program can hold it; take it out or give it weight 0")
        wanted = kinds if p not in grammar.banned else ()
        endless = [grammar.categories[c] for c in wanted if grammar.min_size[c] >= 10**9]
        _require(
            not endless,
            f"{grammar.label(p)}: nothing can stand for {' '.join(endless)}; extend the grammar with leaves",
        )
        pair = len(kinds) == 2 and kinds[0] == kinds[1]
        _require(
            pair or not grammar.commutative[p], f"{grammar.label(p)}: commutative wants two children of one category"
        )


def _sampled(grammar: Grammar, rng: np.random.Generator, size: int) -> Ids:
    """A program of `size` primitives, or of at most as many where none has so many."""
    try:
        ids, least = sample(grammar, rng, size), size
    except SynthError:
        least = grammar.min_primitives[grammar.start]
        ids = sample(grammar, rng, least, size)
    _check_valid(grammar, ids, "a sampled program")
    found = sum(grammar.primitive[p] for p in ids)
    _require(least <= found <= size, f"{unparse(grammar, ids)} has {found} primitives, not {least} to {size}")
    return ids


def _check_valid(grammar: Grammar, ids: Sequence[int], what: str) -> None:
    try:
        validate(grammar, ids, grammar.start)
    except TreeError as error:
        raise ConformanceError(f"{what} is no program of grammar {grammar.name}: {error}") from None


def _check_text(grammar: Grammar, ids: Ids) -> None:
    """A program and each of its parts is what its text parses to."""
    tree = Tree(grammar, ids)
    for part in (tree.subtree(position) for position in range(len(ids))):
        for text in (str(part), part.pretty(40)):
            try:
                read = parse(grammar, text, grammar.categories[part.category])
            except ParseError as error:
                raise ConformanceError(f"grammar {grammar.name} cannot read its own {text!r}: {error}") from None
            _require(read.ids == part.ids, f"{text!r} reads as another program, {read}")


def _check_edits(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> None:
    """A random step of every action at every node gives a program, and its inverse takes it back."""
    table = actions(grammar)
    for node, production in enumerate(ids):
        for action in np.flatnonzero(table.valid[production]).tolist():
            fills = [sample(grammar, rng, grammar.min_primitives[c], None, c) for c in table.holes[action]]
            edit = table.edit(ids, Step(node, action, sum(fills, ())))
            tree, back = edit.apply(Tree(grammar, ids))
            _check_valid(grammar, tree.ids, edit.describe(grammar))
            restored = back.splice(tree.ids) == ids
            _require(restored, f"the inverse of {edit.describe(grammar)} does not restore the program")


def _noisy(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> list[Ids]:
    """A program and what it becomes under a chain of noise."""
    found = [ids]
    for edit in corrupt(grammar, ids, rng, NoiseConfig()):
        found.append(edit.splice(found[-1]))
        _check_valid(grammar, found[-1], f"the noise {edit.describe(grammar)}")
    return found


def _check_path(grammar: Grammar, ids: Ids, target: Ids) -> None:
    """First steps of a reverse path bring the target one edit nearer, down to none."""
    way = f"the way from {unparse(grammar, ids)} to {unparse(grammar, target)}"
    path = Reverse(grammar, ids, target)
    while path.distance:
        steps = path.first_steps()
        _require(steps, f"{way} has {path.distance} edits to go and no first one")
        nexts = [actions(grammar).edit(ids, step).splice(ids) for step in steps[:: -(-len(steps) // _STEPS)]]
        paths = [Reverse(grammar, near, target) for near in nexts]
        for near, rest in zip(nexts, paths, strict=True):
            _check_valid(grammar, near, way)
            _require(rest.distance == path.distance - 1, f"{way}: {unparse(grammar, near)} is no nearer than before")
        ids, path = nexts[0], paths[0]


def check_domain(domain: Domain, seed: int = 0) -> None:
    """Raise `ConformanceError` unless the domain keeps the promises of `Domain`."""
    rng = np.random.default_rng(seed)
    pairs = _check_sampling(domain, seed)
    for grammar in dict.fromkeys(task.grammar for _, task in pairs):
        check_grammar(grammar, seed)
        own = [(ids, task) for ids, task in pairs if task.grammar is grammar]
        tasks = [task for _, task in own]
        programs = [ids for ids, _ in own]
        _check_runs(domain, tasks, [p for ids in programs for p in _noisy(grammar, ids, rng)] + programs[::-1])
    for ids, task in pairs:
        _check_pictures(domain, ids, task)
        _check_record(domain, ids, task)
        _check_drafts(domain, task)
        other = sample(task.grammar, rng, 1, domain.primitives[0], spare=True)
        _check_suggested(domain, other, task)


def _check_suggested(domain: Domain, ids: Ids, task: Task) -> None:
    """What a domain suggests for a program makes programs of it."""
    suggested = domain.refits(task, ids)
    for node in inner_nodes(task.grammar, ids):
        suggested = suggested + domain.constants(task, ids, node)
    for edit in suggested:
        _check_valid(task.grammar, edit.splice(ids), f"what {edit} makes of {unparse(task.grammar, ids)}")


def _check_sampling(domain: Domain, seed: int) -> list[tuple[Ids, Task]]:
    """Sampled programs are valid, solve their tasks, have the sizes asked for and follow from the generator."""
    least, most = domain.primitives
    for size in ((least, least), (least, most), None):
        pairs, again = (domain.sample_tasks(np.random.default_rng(seed), 4, size) for _ in range(2))
        _require(len(pairs) == len(again) == 4, f"sample_tasks gave {len(pairs)} tasks, not 4")
        _check_pairs(domain, pairs, "sample_tasks")
        low, high = size or domain.primitives
        for (ids, task), (same, copy) in zip(pairs, again, strict=True):
            found = sum(task.grammar.primitive[p] for p in ids)
            _require(low <= found <= high, f"sample_tasks gave {found} primitives, not {low} to {high}")
            equal = ids == same and np.array_equal(domain.image(task, None), domain.image(copy, None))
            _require(equal, "sample_tasks does not follow from its generator: two calls differ")
    trained = domain.sample_training(np.random.default_rng(seed), 4)
    _require(len(trained) == 4, f"sample_training gave {len(trained)} tasks, not 4")
    _check_pairs(domain, trained, "sample_training")
    for grammar in dict.fromkeys(task.grammar for _, task in trained):
        own = [(ids, task) for ids, task in trained if task.grammar is grammar]
        solved = domain.tasks_like(own[0][1], [ids for ids, _ in own])
        wrong = f"tasks_like or tasks_of gave {len(solved)} results for {len(own)} programs"
        _require(len(solved) == len(own), wrong)
        _check_pairs(domain, [pair for pair in solved if pair is not None], "tasks_like or tasks_of")
    return pairs


def _check_pairs(domain: Domain, pairs: Sequence[tuple[Ids, Task]], source: str) -> None:
    """Programs with tasks that they solve, with the best score there is where the domain is exact."""
    for ids, task in pairs:
        _check_valid(task.grammar, ids, f"what {source} gave")
        _require(task.domain == domain.name, f"{source} gave a task of domain {task.domain!r}, not {domain.name!r}")
        score = _runs(domain, [task], [0], [ids])[0][0]
        if not domain.exact:
            continue
        _require(score == 0, f"{source}: {unparse(task.grammar, ids)} scores {score} on its own task, not 0")
        _require(score < task.solved_below, f"{source}: a score of 0 is not below {task.solved_below}, so not solved")


def _check_pictures(domain: Domain, ids: Ids, task: Task) -> None:
    for what, program in (("spec", None), ("program", ids)):
        image = domain.image(task, program)
        fits = image.ndim == 3 and image.shape[2] == 3 and image.size and image.dtype == np.uint8
        _require(fits, f"the image of a {what} is {image.dtype} {image.shape}, not uint8 (height, width, 3)")
    svg = domain.svg(task.grammar, ids)
    _require(svg is None or (isinstance(svg, str) and "<svg" in svg), "svg gives neither an SVG document nor None")


def _check_record(domain: Domain, ids: Ids, task: Task) -> None:
    """A spec can be written as JSON, and what is read of it shows what the spec does."""
    try:
        record = json.loads(json.dumps(domain.record(task), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConformanceError(f"the record of a spec is not JSON: {error}") from None
    again = domain.recall(record, task.name, task.grammar)
    if again is not None:
        same = domain.cases(again, ids) == domain.cases(task, ids)
        _require(same, f"{unparse(task.grammar, ids)} does other things on a recalled task than on the task itself")


def _check_drafts(domain: Domain, task: Task) -> None:
    """Drafts are programs of the task's grammar and follow from the generator."""
    drafts, again = (domain.drafts(task, np.random.default_rng(0)) for _ in range(2))
    _require(drafts == again, "drafts do not follow from their generator: two calls differ")
    for ids in drafts:
        _check_valid(task.grammar, ids, "a draft")


def _check_runs(domain: Domain, tasks: Sequence[Task], trees: Sequence[Ids]) -> None:
    """Programs on several tasks at once do what each does alone, and equal keys mean equal scores."""
    which = [n % len(tasks) for n in range(len(trees))]
    mixed = _runs(domain, tasks, which, trees)
    _require(mixed == _runs(domain, tasks, which, trees), "running the same batch twice gives two results")
    known: dict[tuple[int, int], float] = {}
    for ids, n, run in zip(trees, which, mixed, strict=True):
        text = unparse(tasks[n].grammar, ids)
        alone = _runs(domain, [tasks[n]], [0], [ids])[0]
        _require(alone[:2] == run[:2], f"{text} scores {alone[0]} alone and {run[0]} in a batch")
        _require(alone == run, f"{text} is annotated otherwise alone than in a batch")
        _require(known.setdefault((n, run[1]), run[0]) == run[0], f"{text}: equal keys, but unequal scores")


def _runs(
    domain: Domain, tasks: Sequence[Task], which: Sequence[int], trees: Sequence[Ids]
) -> list[tuple[float, int, bytes]]:
    """Score, key and annotation of each program, well formed."""
    forest = Forest(tasks[0].grammar, trees)
    score, key = domain.execute(tasks, np.array(which), forest)
    n = len(trees)
    _require(score.shape == key.shape == (n,), f"{n} programs have scores {score.shape} and keys {key.shape}")
    _require(score.dtype == np.float64 and key.dtype == np.uint64, f"scores are {score.dtype}, keys {key.dtype}")
    _require(np.isfinite(score).all() and (score >= 0).all(), "a score is negative or not a number; 0 is the best")
    found = domain.annotate(tasks, np.array(which), forest)
    shape = (len(forest.inner), domain.features)
    _require(found.shape == shape, f"annotations have the shape {found.shape}, not (inner nodes, features) = {shape}")
    _require(found.dtype == np.uint8, f"annotations are {found.dtype}, not uint8")
    _require(found.max(initial=0) <= _MOST_FEATURE, f"an annotation is {found.max()}, more than {_MOST_FEATURE}")
    rows = [found[forest.owner[forest.inner] == i].tobytes() for i in range(n)]
    return list(zip(score.tolist(), key.tolist(), rows, strict=True))
