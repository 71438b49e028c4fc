"""What can be chosen about the simulated 4200A: chassis, settings, unknowns of KXCI, faults.

Where no source says what a real 4200A does, the behaviour is an option here; its default is a
guess, marked "unverified".
"""

from typing import Literal

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Amperes, Seconds
from mho.sim_instruments.keithley_4200a.chassis import Chassis


class Fault(Frozen):
    """Something that goes wrong with one message, or with a few.

    ``at`` is the number of the message, counted from 1; ``starts_with`` picks messages by their
    text. With neither, any message. ``times`` is how often the fault happens.
    """

    kind: Literal["dropped", "late", "stale", "garbled", "closed", "interlock"] = Field(
        description=(
            "dropped: no reply. late: the reply waits until the next message has come. stale: the "
            "reply before is sent once more, ahead of the right one. garbled: high bits set. "
            "closed: the connection ends instead of a reply. interlock: it opens, for good"
        )
    )
    at: int | None = Field(
        default=None,
        ge=1,
        description="number of the message, counted from 1, from which it may strike; left out:"
        " any",
    )
    starts_with: str = Field(default="", description="only messages that begin so; left out: any")
    times: int = Field(default=1, ge=1, description="how often it strikes")


class KeithleyOptions(Frozen):
    """Options of the simulated 4200A; SI units.

    From a settings file: ``mho.settings.parse``. Each with its default and a comment:
    ``instruments/keithley-4200a.toml`` among the shipped files.
    """

    chassis: Chassis = Field(default=Chassis(), description="what is in the instrument")

    # KCon settings and framing (KXCI manual Rev. E pages 2-4, 2-5, 2-10, 2-11)
    transport: Literal["ethernet", "gpib"] = Field(
        default="ethernet",
        description=(
            "gpib: setters are silent and every query is answered by one line, also where a "
            "socket carries it"
        ),
    )
    string_terminator: Literal["usual", "none", "CR", "LF", "CRLF"] = Field(
        default="usual",
        description="after data. usual: none over Ethernet, where NUL follows; LF over GPIB",
    )
    framing: Literal["NUL", "LF"] = Field(
        default="NUL", description='"LF", over Ethernet: every reply, ACK too, ends in LF alone'
    )
    reading_delimiter: str = Field(default=",", description="between the readings of a DO reply")
    longest_message: int = Field(
        default=2**20, ge=1000, description="in bytes; what is longer is thrown away and refused"
    )
    connections: int = Field(
        default=4,
        ge=1,
        le=64,
        description="TCP clients at a time; for one more, the one silent for longest is hung up on",
    )

    # what is unknown, all unverified
    failed_setter: Literal["ACK", "text", "code", "empty"] = Field(
        default="ACK", description="what a refused setter answers over Ethernet; unverified"
    )
    failed_query: Literal["usual", "ACK", "text", "code", "empty"] = Field(
        default="usual",
        description="what a refused query answers; unverified. usual: code over GPIB, else empty",
    )
    no_error: str = Field(
        default="", description="what :ERROR:LAST:GET answers with nothing stored; unverified"
    )
    several_queries: Literal["usual", "last", "first", "all", "lines"] = Field(
        default="usual",
        description=(
            "which reply stands for a message with several queries. lines: each has its own. "
            "usual: last over Ethernet, lines over GPIB"
        ),
    )
    sp_clears: Literal["nothing", "errors", "all"] = Field(
        default="errors",
        description="what SP clears of the status byte; errors: bits 1 and 6. A serial poll: all",
    )
    request_on_data_at_power_up: bool = Field(
        default=False, description="as after DR1: bit 0 of the status byte sets bit 6"
    )
    measurement_setup_on_md: bool = Field(
        default=True, description="commands of page SM, like LI, are taken on page MD too"
    )
    second_var1: Literal["displaces", "joins"] = Field(
        default="displaces",
        description=(
            "a channel defined as VAR1 while another one is. displaces: the other one is a "
            "constant then. joins: both sweep, if they source the same"
        ),
    )
    relay_time: Literal["unchecked", "checked"] = Field(
        default="unchecked",
        description=(
            "a segment in which the output relay (SSR) switches. checked: refused with -962 below "
            "25 us, as the manual has it (page 5-57); a program of the maker has one of 130 ns"
        ),
    )
    ex_reply: Literal["ack", "value", "both"] = Field(
        default="ack",
        description=(
            "what EX of a user module answers over Ethernet. ack: at once. value: its return "
            "value, when it ends. both: one after the other. Over GPIB: the value"
        ),
    )
    fetch_reply: Literal["list", "named"] = Field(
        default="list", description='what GN and GP answer. named: with "PARAM VALUE = " before it'
    )
    user_modules: tuple[str, ...] = Field(
        default=(),
        description=(
            "Python files (lab_modules.py, seen from where the command is given) or modules "
            "(lab.kxci) with MODULES, a list of UserModule"
        ),
    )
    digits_follow_rs: bool = Field(
        default=False, description="RS changes the number of digits sent; unverified"
    )
    log_sweep_compliance: Amperes = Field(
        default=0.105,
        gt=0,
        description="current limit of a logarithmic sweep that is given none; unverified",
    )
    rpm_at_power_up: Literal["pulse", "SMU"] = Field(
        default="pulse", description="where an RPM is switched to at first; unverified"
    )

    status_letters: Literal["rev-e", "rev-b"] = Field(
        default="rev-e", description="rev-e: N and C (page 3-1); rev-b: T as well"
    )
    interlock_open: bool = Field(
        default=False, description="true: SMUs reach nothing and read zero"
    )

    # time
    line_frequency: float = Field(
        default=50.0, gt=0, description="of the mains, in hertz: SMUs integrate in its cycles"
    )
    message_time: Seconds = Field(default=0.0, ge=0, description="added to every message")
    reading_overhead: Seconds = Field(default=0.0, ge=0, description="added to TI and TV")
    point_overhead: Seconds = Field(default=0.0, ge=0, description="added to every sweep point")
    execute_overhead: Seconds = Field(default=0.0, ge=0, description="before the first pulse")
    busy_poll: Seconds | None = Field(
        default=None,
        gt=0,
        description=(
            "virtual time that passes with a poll that finds it busy; none: up to the end of the "
            "measurement. Real time passes by itself"
        ),
    )

    # physics
    noise: float = Field(default=1.0, ge=0, description="factor on the assumed noise")
    source_resolution: bool = Field(default=True, description="SMU levels in steps of the range")
    ramp_steps: int = Field(
        default=2,
        ge=1,
        description="constant stretches that a pulse edge is cut in; slow ramps go in 50 mV steps",
    )

    faults: tuple[Fault, ...] = Field(
        default=(), description="what goes wrong, a table [[faults]] each"
    )

    @property
    def over_gpib(self) -> bool:
        """It answers as over GPIB."""
        return self.transport == "gpib"

    @property
    def returns_value(self) -> bool:
        """``EX`` is answered with the return value of the module, at its end."""
        return self.over_gpib or self.ex_reply != "ack"


DEFAULT_OPTIONS = KeithleyOptions()
