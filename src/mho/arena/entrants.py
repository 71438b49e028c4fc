"""Which algorithms take part, as they are named on a command line: ``name:key=value:key=value``."""

from collections.abc import Iterable

from mho import plugins, settings
from mho.arena.contest import Entrant
from mho.errors import Problem, SettingsError
from mho.programming.algorithm import AlgorithmKind
from mho.settings_text import value_of


def entrants_of(written: Iterable[str]) -> list[Entrant]:
    """The algorithms named, or all that are installed with their default settings.

    Raises
    ------
    SettingsError
        An unknown algorithm or key, a value that a key does not take, or one entrant twice.
    """
    names = [name.strip() for text in written for name in text.split(",") if name.strip()]
    found = [_entrant(name) for name in names or plugins.names(plugins.ALGORITHMS)]
    taken = [one.name for one in found]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise SettingsError([Problem("--algorithms", f"names {', '.join(twice)} more than once")])
    return found


def _entrant(written: str) -> Entrant:
    name, *options = written.split(":")
    kind: AlgorithmKind = plugins.load(plugins.ALGORITHMS, name, "--algorithms")
    data = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            message = f'"{option}" of {name} is no setting; write {name}:key=value'
            raise SettingsError([Problem("--algorithms", message)])
        data[key.strip()] = value_of("--algorithms", value.strip())
    return Entrant(
        name=" ".join([name, *options]),
        kind=kind,
        settings=settings.parse(f"--algorithms {name}", data, kind.settings),
        options=tuple(options),
    )
