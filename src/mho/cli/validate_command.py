"""``mho validate``: simulated measurements beside published numbers."""

import click


@click.command(short_help="Hold simulated measurements against published numbers.")
@click.option("--device", help="Only the numbers measured on this device.")
@click.option("--seeds", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "form", flag_value="json", help="Print JSON instead of tables.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown, as in the docs.")
def validate(device: str | None, seeds: int, form: str | None) -> int:
    """Measure every published number on the simulated benches and show both.

    Each number is measured as a user would, through driver, simulated instrument and recording,
    on several random devices; beside the median stands how many of them lie inside by themselves.
    Which numbers the device models were fitted to, and which follow from the recipe, is said. Exit
    code 1 if a median lies outside without an explanation.
    """
    from mho.cli.validating import show_validation

    return show_validation(device, seeds, form)
