"""`synth eval`: the evaluation harness, where it is there; it belongs to the repository, not to the package."""

from __future__ import annotations

import importlib
from typing import Any

import click

from synth.errors import InputError


class _Harness(click.Group):
    """The commands of `python -m eval`, looked up only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names: list[str] = _commands().list_commands(ctx)
        return names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command: click.Command | None = _commands().get_command(ctx, cmd_name)
        return command


def _commands() -> Any:
    """The command group of the harness. Raises `InputError` outside a checkout."""
    try:
        return importlib.import_module("eval.cli").cli
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("eval"):
            raise
        raise InputError("the evaluation harness is not installed; run this in a checkout of synth") from None


@click.group(cls=_Harness)
def harness() -> None:
    """Run evaluation suites, report and compare them; the same as `python -m eval`."""
