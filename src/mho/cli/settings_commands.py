"""``mho list``, ``describe`` and ``new``: settings files, shipped and your own."""

import click


@click.command("list", short_help="List protocols, benches, devices, recipes, instruments.")
@click.argument(
    "what",
    required=False,
    type=click.Choice(
        [
            "protocols",
            "algorithms",
            "benches",
            "devices",
            "recipes",
            "instruments",
            "samples",
            "campaigns",
        ]
    ),
)
@click.option("--bench", help="With --device and recipes: which of them run there, and why not.")
@click.option("--device", help="See --bench.")
def list_(what: str | None, bench: str | None, device: str | None) -> int:
    """List what comes with mho, with installed plug-ins, and what is in the folders of a lab.

    \b
      mho list recipes --bench keithley-4200a --device resistor
                          which of them run there, and why the others do not
    """
    if bench is not None or device is not None:
        if what != "recipes":
            raise click.UsageError("--bench and --device belong to: mho list recipes")
        from mho.cli.fitting import show_fitting

        return show_fitting(bench, device)
    from mho.cli.listing import show_list

    return show_list(what)


@click.command(short_help="Show every key of a settings file and its meaning.")
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="As Markdown; without NAME, everything.")
def describe(name: str | None, markdown: bool) -> int:
    """Show every key of NAME: how it is written, its range, its default, its meaning.

    NAME is a protocol (the keys of its recipes), a kind of bench, a device or a simulated
    instrument; without it, all names are listed.

    \b
      mho describe ispp
      mho describe keithley-4200a
    """
    from mho.cli.describing import describe as show

    return show(name, markdown=markdown)


@click.command(short_help="Write a settings file of your own.")
@click.argument(
    "what",
    type=click.Choice(["bench", "device", "recipe", "instrument", "sample", "campaign", "lab"]),
)
@click.argument("name")
@click.option("--from", "source", metavar="SHIPPED", help="The shipped file to begin from.")
def new(what: str, name: str, source: str | None) -> int:
    """Write NAME.toml, a commented settings file of your own, into this folder.

    A bench, device, recipe or sample is for run and check, an instrument (a simulated one) for
    serve, a campaign for campaign. A lab is a folder for all of them: in it they are found by
    their names.
    """
    from mho.cli.listing import write_new

    return write_new(what, name, source)
