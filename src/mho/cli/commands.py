"""The command line and its commands, in order; what they do is imported when one is called."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click

from mho.cli.analyse_commands import analyse
from mho.cli.bench_commands import off, serve
from mho.cli.exit_codes import DONE, INTERRUPTED
from mho.cli.job_commands import check, demo, resume, run
from mho.cli.programming_commands import arena, prior
from mho.cli.report_commands import report
from mho.cli.run_commands import export, plot, runs, show
from mho.cli.sample_commands import campaign, ledger
from mho.cli.settings_commands import describe, list_, new
from mho.cli.validate_command import validate
from mho.interrupts import nothing_left_to_interrupt, termination_as_interrupt

_MISSING = {
    "protocol": "mho list protocols shows what can be given.",
    "bench": "mho list benches shows what can be given, mho new bench lab writes your own.",
    "device": "mho list devices shows what can be given, mho new device cell writes your own.",
    "recipe": "mho list recipes shows what can be given, mho new recipe mine writes your own.",
    "instrument": "mho list instruments shows what can be given.",
    "folder": "A run folder is the last line that mho run printed; they stand in data/runs.",
}

"""What helps somebody who left out an argument or an option of this name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a screen or a file that lacks a letter of ours
            stream.reconfigure(errors="replace")
    with termination_as_interrupt():
        code = _code_of(arguments)
        if arguments is None:  # this process is the command
            nothing_left_to_interrupt()
    return code


def _code_of(arguments: Sequence[str] | None) -> int:
    try:
        result = mho.main(args=arguments, prog_name="mho", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.MissingParameter) and error.param is not None:
            hint = _MISSING.get(error.param.name or "")
            if hint is not None:
                click.echo(hint, err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except Exception as error:
        from mho.cli.screen import explain

        code = explain(error)
        if code is None:
            raise
        return code
    return result if isinstance(result, int) else DONE


class _InOrder(click.Group):
    """Commands in the order in which a person meets them, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] == "help":
            raise click.UsageError(
                "help on all commands: mho --help; on one: mho COMMAND --help", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="mho", prog_name="mho")
def mho() -> None:
    """Program and characterise memristors and other analogue memory devices.

    Every measurement runs first on a simulated bench, through the same drivers, and every row is
    safe on disk before the next pulse is applied.

    \b
    First steps:
      mho demo            tune nine conductances on the simulated bench
      mho list            what is shipped: protocols, benches, devices, recipes
      mho describe ispp   what can be written into its recipes
      mho check ispp --bench ni-pxie-4139 --device cu-te-1t1r --recipe one-target
                          the plan and its worst case, nothing energised
    """


for _command in (
    demo,
    run,
    resume,
    check,
    off,
    list_,
    describe,
    new,
    runs,
    campaign,
    ledger,
    show,
    plot,
    export,
    arena,
    prior,
    analyse,
    report,
    validate,
    serve,
):
    mho.add_command(_command)
