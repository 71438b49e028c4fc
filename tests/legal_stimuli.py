"""Legal stimuli of every kind on one rig, and the ways to break one field beyond one limit.

The sides of the rig are narrower by turns: at every terminal each limit of device and instrument
binds somewhere, power included.
"""

from dataclasses import replace
from math import inf, nan

from what_stands import Rig

from mho.device.profile import Across, Dose, TerminalLimits
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Source, Sweep, Waveforms
from mho.testing.profiles import make_limits, make_profile

KINDS = (Pulse, PulseTrain, Sweep, Family, Hold, Waveforms)
GATE_BIAS = 1.0

DEVICE = {
    "TE": TerminalLimits(min_voltage=-2.6, max_voltage=2.6, max_compliance=5e-3),
    "BE": TerminalLimits(min_voltage=-2.0, max_voltage=2.0, max_compliance=5e-3),
    "gate": TerminalLimits(
        min_voltage=-0.5, max_voltage=4.0, max_compliance=1e-3, bias=GATE_BIAS, bias_compliance=1e-3
    ),
}
LIMITS = {
    "TE": make_limits(
        instrument="SMU of TE",
        max_voltage=60.0,
        max_compliance=3e-3,
        min_compliance=1e-6,
        max_source_power=4e-3,
        min_width=50e-6,
        min_aperture=10e-6,
        max_aperture=20e-3,
        max_points=12,
        sources_current=True,
        min_voltage_limit=20e-3,
    ),
    "BE": make_limits(
        instrument="SMU of BE",
        max_voltage=1.5,
        max_compliance=1.0,
        min_compliance=1e-6,
        max_source_power=1.0,
        min_width=200e-6,
        min_aperture=20e-6,
        max_aperture=30e-3,
        max_points=16,
        stops_in_compliance=False,
    ),
    "gate": make_limits(
        instrument="SMU of gate",
        max_voltage=3.0,
        max_compliance=2e-3,
        min_compliance=1e-7,
        max_source_power=2e-3,
        min_width=100e-6,
        min_aperture=10e-6,
        max_aperture=10e-3,
        max_points=14,
        sources_current=True,
    ),
}
PROFILE = make_profile(
    terminals=DEVICE,
    across=(
        Across(terminals=("TE", "BE"), min_voltage=-2.0, max_voltage=3.0),
        Across(terminals=("gate", "BE"), min_voltage=-1.8, max_voltage=3.2),
    ),
    dose=Dose(max_pulses=10**6, max_charge=1e3),
)
HELD = {"TE": 0.0, "BE": 0.0, "gate": GATE_BIAS}
RIG = Rig(PROFILE, LIMITS, HELD)

# Where a terminal may be driven to alone, others at 0 V or held as they are; worked out by hand.
ALONE = {"TE": (-2.0, 2.6), "BE": (-1.5, 1.5), "gate": (-0.5, 3.0)}
LEVEL_ABOVE = {"TE": (2.7, "2.6 V"), "BE": (1.6, "1.5 V"), "gate": (3.1, "3 V")}
LEVEL_BELOW = {"TE": (-2.7, "-2.6 V"), "BE": (-1.6, "-1.5 V"), "gate": (-0.6, "-500 mV")}
LIMIT_ABOVE = {"TE": (3.1e-3, "3 mA"), "BE": (5.1e-3, "5 mA"), "gate": (1.1e-3, "1 mA")}


def number(rng, low, high, digits=4):
    """Inside or exactly at a limit."""
    if rng.random() < 0.2:
        return rng.choice((low, high))
    return float(f"{rng.uniform(low, high):.{digits}g}")


def level(rng, name):
    return 0.0 if rng.random() < 0.1 else number(rng, *ALONE[name])


def limit(rng, name, highest):
    """A compliance whose power with the largest level is allowed."""
    most = {"TE": 3e-3, "BE": 5e-3, "gate": 1e-3}[name]
    if highest:
        most = min(most, LIMITS[name].max_source_power * 0.999999 / highest)
    return number(rng, LIMITS[name].min_compliance, most)


def width(rng, *names):
    return number(rng, max(LIMITS[name].min_width for name in names), 5e-3)


def rest(rng, *names):
    return 0.0 if rng.random() < 0.2 else width(rng, *names)


def a_read(rng, terminal, elsewhere):
    """A read where the stimulus is, or at another terminal, by name or not."""
    name = terminal
    if elsewhere:
        name = rng.choice([one for one in DEVICE if one != terminal])
    voltage = number(rng, -0.5, 0.5)
    aperture = number(rng, 500e-6, LIMITS[name].max_aperture)
    return name, Read(
        voltage=voltage,
        aperture=aperture,
        compliance=limit(rng, name, abs(voltage)),
        settle=number(rng, 0.0, 2e-3),
        terminal=name if elsewhere or rng.random() < 0.3 else None,
    )


def driven(rng, name, count):
    """Source, levels and compliance at one terminal."""
    if LIMITS[name].sources_current and rng.random() < 0.3:
        reach = number(rng, 0.05, 0.5)
        amperes = min(1e-3, LIMITS[name].max_source_power / reach)
        levels = tuple(number(rng, -amperes, amperes) for _ in range(count))
        return Source.CURRENT, levels, reach
    levels = tuple(level(rng, name) for _ in range(count))
    return Source.VOLTAGE, levels, limit(rng, name, max(map(abs, levels)))


def a_pulse(rng):
    name = rng.choice(list(DEVICE))
    source, (amplitude,), compliance = driven(rng, name, 1)
    names, verify = [name], None
    if rng.random() < 0.7:
        other, verify = a_read(rng, name, rng.random() < 0.4)
        names.append(other)
    return Pulse(
        terminal=name,
        amplitude=amplitude,
        width=width(rng, *names),
        compliance=compliance,
        rest=rest(rng, *names),
        verify=verify,
        source=source,
    )


def a_train(rng):
    name = rng.choice(list(DEVICE))
    source, amplitudes, compliance = driven(rng, name, rng.randint(1, 6))
    if rng.random() < 0.5:
        amplitudes = (amplitudes[0],) * len(amplitudes)
    names, verify = [name], None
    if rng.random() < 0.6:
        other, verify = a_read(rng, name, rng.random() < 0.4)
        names.append(other)
    return PulseTrain(
        terminal=name,
        amplitudes=amplitudes,
        width=width(rng, *names),
        compliance=compliance,
        rest=rest(rng, *names),
        verify=verify,
        verify_every=rng.randint(1, 4),
        source=source,
    )


def a_sweep(rng, name=None):
    single = name is None
    name = name or rng.choice(list(DEVICE))
    source, levels, compliance = driven(rng, name, rng.randint(1, 8))
    aperture = number(rng, LIMITS[name].min_aperture, LIMITS[name].max_aperture)
    return Sweep(
        terminal=name,
        levels=levels,
        dwell=number(rng, max(aperture, 200e-6), 40e-3),
        aperture=aperture,
        compliance=compliance,
        stop_in_compliance=single and LIMITS[name].stops_in_compliance and rng.random() < 0.4,
        source=source,
        read_up_to=rng.choice((0.0, 0.3)),
    )


def a_family(rng):
    swept, stepped = rng.sample(list(DEVICE), 2)
    steps = tuple(level(rng, stepped) for _ in range(rng.randint(1, 3)))
    sweep = a_sweep(rng, swept)
    family = Family(
        sweep=sweep,
        stepped=stepped,
        steps=steps,
        step_compliance=limit(rng, stepped, max(map(abs, steps))),
        settle=rng.choice((0.0, 0.0, sweep.dwell - sweep.aperture + number(rng, 200e-6, 1e-3))),
    )
    if any(what.startswith("between") for what in RIG.beyond(family)):
        lower = replace(sweep, levels=tuple(one / 4 for one in sweep.levels))
        return replace(family, steps=tuple(step / 10 for step in steps), sweep=lower)
    return family


def a_hold(rng):
    name = rng.choice(list(DEVICE))
    source, (one,), compliance = driven(rng, name, 1)
    aperture = number(rng, LIMITS[name].min_aperture, LIMITS[name].max_aperture)
    return Hold(
        terminal=name,
        level=one,
        count=rng.choice((1, 1, 2, 7, 12)),
        interval=number(rng, max(aperture, 200e-6), 40e-3),
        aperture=aperture,
        compliance=compliance,
        source=source,
    )


def some_waveforms(rng):
    names = rng.sample(list(DEVICE), rng.randint(1, 3))
    count = rng.randint(1, 4)
    reading, verify = a_read(rng, names[0], rng.random() < 0.3)
    levels = {name: tuple(level(rng, name) for _ in range(count)) for name in names}
    most = min(limit(rng, name, max(map(abs, (*levels.get(name, ()), 0.0))))
               for name in {*names, reading})  # fmt: skip
    made = Waveforms(
        terminal=names[0],
        durations=tuple(width(rng, *names, reading) for _ in range(count)),
        levels=tuple(levels.items()),
        compliance=max(most, 1e-6),
        verify=verify,
    )
    if any(what.startswith("between") for what in RIG.beyond(made)):
        made = replace(made, levels=tuple(
            (name, tuple(one / 2 for one in row)) for name, row in made.levels))  # fmt: skip
    return made


_MAKERS = dict(
    zip(KINDS, (a_pulse, a_train, a_sweep, a_family, a_hold, some_waveforms), strict=True)
)


def legal(rng, kind):
    """A stimulus of this kind that the rig stands; drawn anew while it does not."""
    for _ in range(50):
        stimulus = _MAKERS[kind](rng)
        if not RIG.beyond(stimulus):
            return stimulus
    raise AssertionError(f"no legal {kind.__name__} in 50")


# ---- breaking one field


def broken(stimulus):
    """(name of the limit, words of the refusal, stimulus) with one field beyond one limit."""
    match stimulus:
        case Pulse():
            yield from _broken_drive(stimulus, stimulus.terminal, "amplitude", stimulus.amplitude)
            yield from _broken_width(stimulus, stimulus.terminal, "width")
            yield from _broken_rest(stimulus)
            yield from _broken_verify(stimulus)
        case PulseTrain():
            yield from _broken_levels(stimulus, "amplitudes")
            yield from _broken_width(stimulus, stimulus.terminal, "width")
            yield from _broken_rest(stimulus)
            yield from _broken_verify(stimulus)
            for every in (0, -1):
                if stimulus.verify is not None:
                    yield "every", ("1 or more",), replace(stimulus, verify_every=every)
            yield "points", ("points",), replace(stimulus, amplitudes=())
            more = (stimulus.amplitudes[0],) * 17
            yield "points", ("takes 1 to",), replace(stimulus, amplitudes=more)
        case Sweep():
            yield from _broken_sweep(stimulus, lambda one: one)
        case Family():
            yield from _broken_sweep(
                stimulus.sweep, lambda one: replace(stimulus, sweep=one), alone=False
            )
            yield from _broken_steps(stimulus)
        case Hold():
            yield from _broken_drive(stimulus, stimulus.terminal, "level", stimulus.level)
            yield from _broken_timing(stimulus, "interval", lambda one: one)
            for count in (0, -1, 17):
                yield "points", ("points", "takes 1 to"), replace(stimulus, count=count)
        case Waveforms():
            yield from _broken_waveforms(stimulus)
            yield from _broken_verify(stimulus)
    if not isinstance(stimulus, Family):
        wrong = replace(stimulus, terminal="well")
        if "well" in wrong.terminals:
            yield "terminal", ("there is no terminal well", "TE, BE, gate"), wrong


def _broken_drive(stimulus, name, field, now, wrap=lambda one: one, put=None):
    """Level, compliance, power and source at one terminal."""
    put = put or (lambda value: {field: value})

    def with_level(value, **others):
        return wrap(replace(stimulus, **put(value), **others))

    compliance = "step_compliance" if hasattr(stimulus, "step_compliance") else "compliance"
    source = getattr(stimulus, "source", Source.VOLTAGE)
    if hasattr(stimulus, "source"):
        yield "open", ("takes a source",), wrap(replace(stimulus, source=Source.OPEN))
    if source is Source.CURRENT:
        yield from _broken_current(stimulus, name, with_level, wrap)
        return
    for value, bound in (LEVEL_ABOVE[name], LEVEL_BELOW[name]):
        way = "above" if value > 0 else "below"
        yield f"level {way}", (way, bound), with_level(value, **{compliance: 1e-6})
    for value in (nan, inf, -inf):
        yield f"level {value}", (f"{value} V",), with_level(value)
    value, bound = LIMIT_ABOVE[name]
    yield "compliance above", ("compliance", "above", bound), with_level(0.1, **{compliance: value})
    least = LIMITS[name].min_compliance
    for value, what in ((least / 2, "below"), (0.0, "zero"), (-1e-3, "negative"), (nan, "nan")):
        found = wrap(replace(stimulus, **{compliance: value}))
        yield f"compliance {what}", ("compliance",), found
    if name == "TE":  # 2 V times 2.5 mA: each alone is allowed
        hot = with_level(-2.0, compliance=2.5e-3) if compliance == "compliance" else None
        if hot is not None:
            yield "power", ("power", "above 4 mW", "SMU of TE"), hot
    if hasattr(stimulus, "source") and name == "BE":
        found = with_level(1e-4, source=Source.CURRENT, compliance=0.3)
        yield "current source", ("SMU of BE cannot source a current",), found


def _broken_current(stimulus, name, with_level, wrap):
    most = {"TE": (3.1e-3, "3 mA"), "gate": (1.1e-3, "1 mA")}[name]
    for sign in (1, -1):
        found = with_level(sign * most[0], compliance=0.05)
        yield f"current {sign}", (most[1],), found
    yield "current nan", ("nan A",), with_level(nan)
    # As far as its limit, towards its sign; a source of 0 A towards either.
    for amperes, volts, bound in (
        (1e-4, {"TE": 2.7, "gate": 3.1}[name], {"TE": "2.6 V", "gate": "3 V"}[name]),
        (-1e-4, {"TE": 2.7, "gate": 0.6}[name], {"TE": "2.6 V", "gate": "500 mV"}[name]),
        (0.0, {"TE": 2.7, "gate": 0.6}[name], {"TE": "2.6 V", "gate": "500 mV"}[name]),
    ):
        found = with_level(amperes, compliance=volts)
        yield f"reach of {amperes:g} A", ("compliance", "above", bound), found
    for volts in (0.0, -0.1, nan):
        yield f"reach {volts}", ("compliance",), wrap(replace(stimulus, compliance=volts))
    if name == "TE":
        yield (
            "reach of 10 mV",
            ("compliance", "10 mV", "below 20 mV"),
            with_level(1e-4, compliance=0.01),
        )
        yield "power of a current", ("power", "4 mW"), with_level(2.5e-3, compliance=1.9)


def _broken_levels(stimulus, field, wrap=lambda one: one):
    """One of several levels, in turn the last and the first."""
    levels = getattr(stimulus, field)
    for index in {0, len(levels) - 1}:

        def put(value, index=index):
            return {field: (*levels[:index], value, *levels[index + 1 :])}

        yield from _broken_drive(
            stimulus, stimulus.terminal, field, levels[index], wrap=wrap, put=put
        )


def _broken_width(stimulus, name, field, wrap=lambda one: one):
    for value, words in (
        (LIMITS[name].min_width * 0.9, ("below",)),
        (0.0, ("below",)),
        (-1e-3, ("below",)),
        (nan, ("nan s",)),
        (2e9, ("above 1 Gs",)),
    ):
        yield f"{field} {value:g}", words, wrap(replace(stimulus, **{field: value}))


def _broken_timing(stimulus, field, wrap):
    """How long a level lasts, and the aperture at its end."""
    name = stimulus.terminal
    yield from _broken_width(stimulus, name, field, wrap)
    channel = LIMITS[name]
    for aperture, words in (
        (channel.max_aperture * 1.1, ("aperture", "above")),
        (channel.min_aperture * 0.9, ("aperture", "below")),
        (0.0, ("aperture", "below")),
        (nan, ("nan s",)),
    ):
        found = replace(stimulus, **{"aperture": aperture, field: 41e-3})
        yield f"aperture {words[-1]}", words, wrap(found)
    short = replace(stimulus, **{"aperture": 0.9e-3, field: 0.8e-3})
    yield "shorter than its aperture", ("duration", "below", "900 us"), wrap(short)


def _broken_sweep(sweep, wrap, alone=True):
    yield from _broken_levels(sweep, "levels", wrap)
    yield from _broken_timing(sweep, "dwell", wrap)
    yield "points", ("points", "takes 1 to"), wrap(replace(sweep, levels=()))
    yield "points", ("17 points",), wrap(replace(sweep, levels=(sweep.levels[0],) * 17))
    stops = replace(sweep, stop_in_compliance=True)
    if not alone:
        yield "family stops", ("cannot stop in compliance",), wrap(stops)
    elif sweep.terminal == "BE":
        yield "stops", ("SMU of BE cannot stop",), wrap(stops)


def _broken_steps(stimulus):
    steps = stimulus.steps

    def put(value):
        return {"steps": (*steps[:-1], value)}

    yield from _broken_drive(stimulus, stimulus.stepped, "steps", steps[-1], put=put)
    yield "points", ("points",), replace(stimulus, steps=())
    yield "stepped", ("swept and stepped",), replace(stimulus, stepped=stimulus.terminal)
    yield "terminal", ("no terminal well",), replace(stimulus, stepped="well")
    for settle in (-1e-3, nan):
        yield "settle", ("settling time", "0 s or more"), replace(stimulus, settle=settle)


def _broken_rest(stimulus):
    yield "rest negative", ("rest of -1 s",), replace(stimulus, rest=-1.0)
    yield "rest nan", ("rest of nan s",), replace(stimulus, rest=nan)
    if isinstance(stimulus, PulseTrain) or stimulus.verify is not None:
        yield "rest short", ("duration of rest 1 us", "below"), replace(stimulus, rest=1e-6)
        yield "rest long", ("duration of rest", "above"), replace(stimulus, rest=2e9)


def _broken_verify(stimulus):
    verify = stimulus.verify
    if verify is None:
        return
    if isinstance(stimulus, PulseTrain) and stimulus.verify_every > len(stimulus.amplitudes):
        return  # it is never played
    name = verify.terminal or stimulus.terminal

    def with_read(**fields):
        return replace(stimulus, verify=replace(verify, **fields))

    least = LIMITS[name].min_compliance
    for value, bound in (LEVEL_ABOVE[name], LEVEL_BELOW[name]):
        way = "above" if value > 0 else "below"
        words = ("read level", way, bound)
        yield f"read level {way}", words, with_read(voltage=value, compliance=least)
    yield "read level nan", ("read level nan V",), with_read(voltage=nan)
    value, bound = LIMIT_ABOVE[name]
    words = ("compliance of read level", "above", bound)
    yield "read compliance above", words, with_read(compliance=value, voltage=0.01)
    for value in (least / 2, 0.0, -1e-3, nan):
        yield "read compliance", ("compliance of read level",), with_read(compliance=value)
    channel = LIMITS[name]
    for aperture, words in (
        (channel.max_aperture * 1.1, ("aperture of read level", "above")),
        (channel.min_aperture * 0.9, ("aperture of read level", "below")),
        (nan, ("read level", "nan s")),
        (-1e-3, ("read level",)),
    ):
        yield f"read aperture {aperture:g}", words, with_read(aperture=aperture, settle=1e-3)
    yield "read settle", ("read settling time",), with_read(settle=-1e-6)
    yield "read settle nan", ("read settling time",), with_read(settle=nan)
    if name == "TE":
        hot = with_read(voltage=-1.9, compliance=2.9e-3)
        yield "read power", ("power of read level", "above 4 mW"), hot
    yield "read terminal", ("no terminal well",), with_read(terminal="well")


def _broken_waveforms(stimulus):
    rows = dict(stimulus.levels)
    for name, row in rows.items():

        def with_level(value, name=name, row=row, **others):
            levels = {**rows, name: (*row[:-1], value)}
            return replace(stimulus, levels=tuple(levels.items()), **others)

        for value, bound in (LEVEL_ABOVE[name], LEVEL_BELOW[name]):
            way = "above" if value > 0 else "below"
            words = (f"at {name}", way, bound)
            yield f"level {way}", words, with_level(value, compliance=1e-6)
        yield "level nan", ("nan V",), with_level(nan)
        value, bound = LIMIT_ABOVE[name]
        found = with_level(0.1, compliance=value)
        yield "compliance above", (f"at {name}", "compliance", "above", bound), found
        if name == "TE" and not rows.keys() & {"gate"}:
            found = with_level(-1.9, compliance=2.9e-3)
            yield "power", ("at TE", "power", "above 4 mW"), found
        longer = {**rows, name: (*row, 0.1)}
        yield "pieces", ("durations",), replace(stimulus, levels=tuple(longer.items()))
        twice = (*stimulus.levels, (name, row))
        yield "twice", ("2 times",), replace(stimulus, levels=twice)
    for value in (0.0, -1e-3, nan, 1e-8):
        yield "compliance", ("compliance",), replace(stimulus, compliance=value)
    for value in (10e-6, 0.0, -1e-3, nan, 2e9):
        durations = (*stimulus.durations[:-1], value)
        yield "piece", ("duration",), replace(stimulus, durations=durations)
    if {"TE", "BE"} <= rows.keys():
        levels = {**rows, "TE": (*rows["TE"][:-1], 1.6), "BE": (*rows["BE"][:-1], -1.45)}
        words = ("1.6 V at TE meets -1.45 V at BE", "-2 V to 3 V")
        found = replace(stimulus, levels=tuple(levels.items()), compliance=1e-6)
        yield "across", words, found
