"""`python -m eval`, and `synth eval`: run, files, report, compare, docs, bench, ceiling."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from eval.bench import WHAT, run_bench
from eval.suite import UNLIMITED, Entrant, Suite, TaskSet, absolute, checked, load_suite, suite_names
from synth.cli import run as run_command
from synth.errors import InputError

_Path = click.Path(path_type=Path)
_Existing = click.Path(path_type=Path, exists=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure solve rates and throughput, and compare them."""


class Running(NamedTuple):
    """How searches are run: where their rows go, by how many processes or machines, on which clock."""

    out: Path
    jobs: int
    cluster: str
    width: int | None
    cpu: bool

    def run(self, suite: Suite, name: str) -> None:
        """Run a suite so; width and clock are its own where not given."""
        from eval.run import run_suite

        changes = {"width": self.width, "clock": "cpu" if self.cpu else None}
        suite = msgspec.structs.replace(suite, **{k: v for k, v in changes.items() if v is not None})
        run_suite(checked(suite, name), self.out, self.jobs, click.echo, self.cluster)


def _running(command: Callable[..., None]) -> Callable[..., None]:
    """The options of everything that runs searches, as one argument `running`."""

    @functools.wraps(command)
    def run(out: Path, jobs: int, cluster: str, width: int | None, cpu: bool, **others: Any) -> None:
        command(running=Running(out, jobs, cluster, width, cpu), **others)

    for option in (
        click.option("--out", type=_Path, required=True, help="Folder (or .jsonl file); what it has is not run again."),
        click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes."),
        click.option("--cluster", default="", metavar="ADDRESS", help="Ray cluster (auto: the running one)."),
        click.option("--width", type=click.IntRange(min=1), help="Searches at once in a process [default: 1]."),
        click.option("--cpu", is_flag=True, help="Budgets in CPU seconds instead of wall time, for a busy machine."),
    ):
        option(run)
    return run


@cli.command()
@click.argument("name", metavar="SUITE")
@click.option("--domain", "domains", multiple=True, type=_Existing, help="Python file with a domain of your own.")
@click.option("--set", "kind", default="random", show_default=True, help="Generated set, where SUITE is a domain.")
@click.option("--tasks", "count", type=click.IntRange(min=1), help="The first tasks of each set [a domain's: 256].")
@click.option("--policy", "policies", multiple=True, help="Instead of the suite's; may be given again.")
@click.option("--seed", "seeds", multiple=True, type=int, help="Instead of the suite's; may be given again.")
@click.option("--seconds", type=float, help="Instead of the suite's.")
@click.option("--executions", type=click.IntRange(min=0), help="Instead of the suite's.")
@_running
def run(
    name: str,
    domains: tuple[Path, ...],
    kind: str,
    count: int | None,
    policies: tuple[str, ...],
    seeds: tuple[int, ...],
    seconds: float | None,
    executions: int | None,
    running: Running,
) -> None:
    """Run SUITE: a TOML file, the name of one that ships, or the name of a domain.

    A canary with a known outcome runs first; then one row for each task, policy and seed is
    written as it ends. The same command again finishes what is missing. A domain is run on the
    set that --set says, with the policies denoiser, untrained and mutation unless --policy says others.
    """
    suite = _suite(name, domains, kind, count)
    changes: dict[str, Any] = {
        "tasks": [_shortened(tasks, count) for tasks in suite.tasks],
        "policies": [_limited(entrant, count) for entrant in _chosen(suite, policies)],
        "seconds": seconds,
        "executions": executions,
    }
    if seeds:
        changes["seeds"] = list(seeds)
        changes["policies"] = [msgspec.structs.replace(p, seeds=[]) for p in changes["policies"]]
    if seconds is not None and math.isnan(seconds):
        raise InputError("--seconds: nan is no number of seconds")
    running.run(msgspec.structs.replace(suite, **{k: v for k, v in changes.items() if v is not None}), name)


def _suite(name: str, domains: tuple[Path, ...], kind: str, count: int | None) -> Suite:
    """The suite of a name: a file, one that ships, or a domain's set."""
    from synth.domains import domain_names, register

    mine = [absolute(str(path), Path()) for path in domains]
    for path in mine:
        register(Path(path))
    if name in domain_names():
        tasks = TaskSet(kind, name, kind, count or 256)
        return Suite([tasks], [Entrant(p) for p in ("denoiser", "untrained", "mutation")], name, domains=mine)
    if not Path(name).suffix and name not in suite_names():
        raise InputError(
            f"{name}: neither a suite (a .toml file, {', '.join(suite_names())}) nor a domain "
            f"({', '.join(domain_names())})"
        )
    suite = load_suite(name)
    return msgspec.structs.replace(suite, domains=[*suite.domains, *mine])


def _chosen(suite: Suite, names: tuple[str, ...]) -> list[Entrant]:
    """The suite's entrants of these names, new ones where it has none; all where no name is given."""
    if not names:
        return suite.policies
    return [e for name in names for e in ([p for p in suite.policies if p.name == name] or [Entrant(name)])]


def _shortened(tasks: TaskSet, count: int | None) -> TaskSet:
    """A generated set of which no more is drawn than is run: well-posed tasks take seconds each."""
    if not tasks.generator or count is None:
        return tasks
    return msgspec.structs.replace(tasks, count=min(tasks.count, count))


def _limited(entrant: Entrant, count: int | None) -> Entrant:
    most = min(entrant.tasks or count, count) if count else entrant.tasks
    return msgspec.structs.replace(entrant, tasks=most)


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=_Existing)
@click.option("--policy", "policies", multiple=True, default=["enumerate"], show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--executions", type=click.IntRange(min=0), default=UNLIMITED, help="Most programs run for each task.")
@_running
def files(
    paths: tuple[Path, ...],
    policies: tuple[str, ...],
    seed: int,
    seconds: float,
    executions: int,
    running: Running,
) -> None:
    """Solve spec files (or all in a folder), one row each; say how many answers fit the long variants too."""
    from eval.files import summary
    from eval.store import rows_file

    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault((path if path.is_dir() else path.resolve().parent).name, []).append(str(path.resolve()))
    tasks = [TaskSet(name, files=found, skip_unusable=True) for name, found in folders.items()]
    entrants = [Entrant(name) for name in policies]
    running.run(Suite(tasks, entrants, "files", "", seconds, executions, [seed], films=0), "files")
    click.echo(summary([rows_file(running.out)]))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=_Existing)
@click.option("--html", type=_Path, help="Write the page here too.")
def report(paths: tuple[Path, ...], html: Path | None) -> None:
    """Print the solve rates of runs (folders or .jsonl files) as Markdown.

    A run folder also gets report.md and report.html: rates, curves, wins and losses, film strips.
    """
    from eval.report import write_report
    from eval.store import read_runs

    click.echo(write_report(read_runs(list(paths)), [path for path in paths if path.is_dir()], html))


@cli.command()
@click.argument("first", metavar="A", type=_Existing)
@click.argument("second", metavar="B", type=_Existing)
@click.option("--policy", "policies", multiple=True, help="Of A and of B; give it twice where they differ.")
@click.option("--executions", type=int, help="Count as solved only within so many.")
@click.option("--seconds", type=float, help="Count as solved only within so many.")
def compare(
    first: Path, second: Path, policies: tuple[str, ...], executions: int | None, seconds: float | None
) -> None:
    """Compare two runs where both measured: McNemar's exact test, bootstrap, tasks gained and lost."""
    from eval.compare import compare_runs, told
    from eval.store import read_runs

    limits = {"executions": executions, "seconds": seconds}
    found = compare_runs(read_runs([first]), read_runs([second]), policies, {k: v for k, v in limits.items() if v})
    click.echo(told(found, str(first), str(second)))


@cli.command()
@click.option("--check", is_flag=True, help="Change nothing; fail where a table is not up to date.")
def docs(check: bool) -> None:
    """Write the tables of README.md and eval/README.md again from the results of record."""
    from eval.docs import DOCS, renew

    changed = [path.name for path in DOCS if renew(path, check)]
    if check and changed:
        raise InputError(f"{', '.join(changed)}: tables differ from eval/results; run python -m eval docs")
    click.echo(f"changed: {', '.join(changed) or 'nothing'}")


@cli.command()
@click.argument("names", metavar="[DOMAIN]...", nargs=-1)
@click.option(
    "--what",
    type=click.Choice(WHAT),
    multiple=True,
    default=["parts", "memory"],
    show_default=True,
    help="Costs of each part by size and width; peak memory; many tasks at once against one by one; the harness "
    "beside solve; two workers; candidates that run in a process of their own. May be given again.",
)
@click.option("--turns", type=click.IntRange(min=1), default=3, show_default=True, help="Medians of so many.")
@click.option("--record", is_flag=True, help="Make what is measured the figures of record (eval/results/bench.jsonl).")
def bench(names: tuple[str, ...], what: tuple[str, ...], turns: int, record: bool) -> None:
    """Measure what things cost on one core, in all domains or those named, beside the figures of record.

    Ratios to the record are of costs in units of a fixed piece of work that every turn does too, so
    they mean something on a busy or another machine.
    """
    from synth.domains import domain, domain_names

    chosen = [domain(name).name for name in names or domain_names()]
    run_bench(chosen, what, turns, record, click.echo)


@cli.command()
@click.argument("name", metavar="DOMAIN")
@click.option("--tasks", type=click.IntRange(min=1), default=64, show_default=True, help="Development tasks.")
@click.option("--executions", type=click.IntRange(min=1), default=1000, show_default=True, help="Of each search.")
def ceiling(name: str, tasks: int, executions: int) -> None:
    """Search from right programs: how often the best score belongs to a program that is not what was meant."""
    from eval.ceiling import ceiling as measured

    click.echo(measured(name, tasks, executions))


def main() -> None:
    """Entry point of `python -m eval`: errors that users can mend are one line, as those of `synth`."""
    run_command(cli, "eval")
