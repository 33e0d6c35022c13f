"""`python -m eval`: run, files, report, bench."""

from __future__ import annotations

import time
from pathlib import Path

import click

from synth.errors import SynthError


@click.group()
def cli() -> None:
    """Measure solve rates and throughput."""


@cli.command()
@click.argument("domain_name", metavar="DOMAIN")
@click.option("--set", "kind", type=click.Choice(["random", "complex"]), default="random", show_default=True)
@click.option("--tasks", "count", default=256, show_default=True, help="The first tasks of the set.")
@click.option("--policy", "policies", multiple=True, default=["denoiser", "untrained", "mutation"], show_default=True)
@click.option("--seed", "seeds", multiple=True, type=int, default=[0], show_default=True)
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--executions", default=10**9, help="Budget of executions.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL file; what it has is not run again.")
def run(
    domain_name: str,
    kind: str,
    count: int,
    policies: tuple[str, ...],
    seeds: tuple[int, ...],
    seconds: float,
    executions: int,
    out: Path,
) -> None:
    """Solve a test set with each policy and seed, one row a task."""
    from eval.rates import run_set
    from synth.execution import Budget

    budget = Budget(seconds, executions)
    for seed in seeds:
        for policy in policies:
            run_set(domain_name, kind, count, policy, seed, budget, out, click.echo)


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--policy", "policies", multiple=True, default=["enumerate"], show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--cpu", is_flag=True, help="Budget in CPU seconds instead of wall time, for a busy machine.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL file; what it has is not run again.")
def files(paths: tuple[Path, ...], policies: tuple[str, ...], seed: int, seconds: float, cpu: bool, out: Path) -> None:
    """Solve spec files (or all in a folder), one row each; say how many answers fit the long variants too."""
    from eval.files import run_files, summary
    from synth.execution import Budget

    budget = Budget(seconds, clock=time.process_time) if cpu else Budget(seconds)
    found = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    for policy in policies:
        run_files(found, policy, seed, budget, out, click.echo)
    click.echo(summary([out]))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def report(files: tuple[Path, ...]) -> None:
    """Print the solve rates of results files as Markdown."""
    from eval.rates import table

    click.echo(table(list(files)))


@cli.command()
@click.argument("domain_name", metavar="DOMAIN")
def bench(domain_name: str) -> None:
    """Measure training examples, executions, expansions and encodes a second, one core."""
    from eval.bench import run_bench

    for line in run_bench(domain_name):
        click.echo(line)


if __name__ == "__main__":
    try:
        cli()
    except SynthError as error:
        raise SystemExit(f"eval: {error}") from None
