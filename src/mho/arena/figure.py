"""The figure of a contest: what is true at each tolerance, and what it costs."""

from collections.abc import Sequence

from mho.arena.contest import Round
from mho.arena.standings import by_target
from mho.figure import Axis, Figure, Line, Panel
from mho.merit.estimate import Estimate
from mho.quantities import FRACTION, SECOND, SIEMENS


def figure(title: str, rounds: Sequence[Round]) -> Figure:
    """Share that is true against tolerance, pulses and time against it, and the tightest by target.

    The noise ceiling is dashed, and black.
    """
    tightest = min(rounds, key=lambda one: one.tolerance)
    names = [one.name for one in tightest.standings]
    tolerance = Axis("tolerance", FRACTION, "log")
    return Figure(
        title=title,
        panels=(
            Panel(
                x=tolerance,
                y=Axis("true success", FRACTION),
                lines=(
                    *(_against(rounds, name, series, "true") for series, name in enumerate(names)),
                    Line(
                        x=[one.tolerance for one in rounds],
                        y=[one.ceiling.value for one in rounds],
                        series=None,
                        label="noise ceiling",
                        style="dashed",
                    ),
                ),
                height=1.6,
                legend="algorithm",
            ),
            Panel(
                x=Axis("target", SIEMENS, "log"),
                y=Axis("true success", FRACTION),
                lines=(
                    *(
                        _with_interval(by_target(tightest.trials[name]), series)
                        for series, name in enumerate(names)
                    ),
                    Line(
                        x=[target for target, _ in tightest.ceiling_by_target],
                        y=[share.value for _, share in tightest.ceiling_by_target],
                        series=None,
                        style="dashed",
                    ),
                ),
                notes=(f"at {FRACTION.show(tightest.tolerance)}",),
                beside=True,
                height=1.6,
            ),
            Panel(
                x=tolerance,
                y=Axis("median pulses", None, "log"),
                lines=(
                    *(
                        _against(rounds, name, series, "pulses", labelled=False)
                        for series, name in enumerate(names)
                    ),
                    Line(
                        x=[one.tolerance for one in rounds],
                        y=[one.fewest_pulses for one in rounds],
                        series=None,
                        label="fewest, by perfect knowledge",
                        style="dashed",
                    ),
                ),
            ),
            Panel(
                x=tolerance,
                y=Axis("median time", SECOND, "log"),
                lines=tuple(
                    _against(rounds, name, series, "time", labelled=False)
                    for series, name in enumerate(names)
                ),
                beside=True,
            ),
        ),
    )


def _against(
    rounds: Sequence[Round], name: str, series: int, what: str, *, labelled: bool = True
) -> Line:
    standings = [next(s for s in one.standings if s.name == name) for one in rounds]
    found: list[Estimate] = [getattr(one, what) for one in standings]
    return Line(
        x=[one.tolerance for one in rounds],
        y=[one.value for one in found],
        low=[one.low for one in found],
        high=[one.high for one in found],
        series=series,
        label=name if labelled else "",
        style="both",
    )


def _with_interval(points: list[tuple[float, Estimate]], series: int) -> Line:
    return Line(
        x=[target for target, _ in points],
        y=[share.value for _, share in points],
        low=[share.low for _, share in points],
        high=[share.high for _, share in points],
        series=series,
        style="both",
    )
