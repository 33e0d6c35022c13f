"""The command line: `main` finds the verbs, each of which imports only what it needs."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from synth.errors import ParseError, SynthError, unknown

_VERBS = {
    "check": ("synth.cli.inspect", "Check task and grammar files without running anything."),
    "eval": ("synth.cli.harness", "Run evaluation suites, report and compare them."),
    "list": ("synth.cli.inspect", "List domains, tasks or models."),
    "repair": ("synth.cli.repair", "Repair a Python function so that its tests pass."),
    "sample": ("synth.cli.inspect", "Print random programs, or a noise chain."),
    "show": ("synth.cli.inspect", "Show a program or a results file."),
    "solve": ("synth.cli.solve", "Find programs for task files, images or folders of them."),
    "train": ("synth.cli.train", "Train the denoiser of a domain."),
}


class _Lazy(click.Group):
    """Imports a verb when it is called; `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            raise unknown("command", cmd_name, _VERBS)
        command: click.Command = getattr(
            importlib.import_module(_VERBS[cmd_name][0]), {"list": "list_", "eval": "harness"}.get(cmd_name, cmd_name)
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _VERBS[name][1]) for name in sorted(_VERBS)])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="synth", message="synth %(version)s")
def cli() -> None:
    """Program synthesis by diffusion on syntax trees.

    Exit codes: 0 all solved, 1 some not solved, 2 bad input.
    """


def _usage(error: click.ClickException) -> str:
    """What is wrong with a command line, and where its options are explained, in a line."""
    text = error.format_message().rstrip(".").replace("float range", "number").replace("integer range", "whole number")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return text + (f"; see {context.command_path} --help" if context else "")


def main(argv: list[str] | None = None) -> None:
    """Entry point of `synth`."""
    run(cli, "synth", argv)


def run(command: click.Command, name: str, argv: list[str] | None = None) -> None:
    """Run a command and exit: errors that users can mend are one line on stderr, after the name, and exit code 2."""
    try:
        code: Any = command.main(argv, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        click.echo(f"{name}: {_usage(error)}", err=True)
        code = error.exit_code
    except click.Abort:
        code = 130
    except ParseError as error:
        click.echo(f"{name}: {error}\n{error.caret}", err=True)
        code = 2
    except SynthError as error:
        click.echo(f"{name}: {error}", err=True)
        code = 2
    except RecursionError:
        click.echo(f"{name}: the program is nested too deeply", err=True)
        code = 2
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the output has gone; nothing is left to say
        code = 0
    except OSError as error:
        click.echo(f"{name}: {error.filename or 'output'}: {error.strerror}", err=True)
        code = 2
    sys.exit(code or 0)
