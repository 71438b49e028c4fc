"""Quantities: SI floats inside, quoted units in files.

One annotated alias per quantity (`Volts`, `Siemens`, ...) is a plain ``float`` to Python, parses
``"50 us"`` for pydantic, and labels the column of a file. Code may pass floats; a settings file
must quote the unit.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, FiniteFloat, ValidationInfo

from mho import unit_mistakes as mistakes
from mho.unit_mistakes import quoted, shortened

_EXPONENTS = {
    "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "": 0,
    "k": 3, "M": 6, "G": 9,
}  # fmt: skip
_SPELLINGS = {"\u2126": "ohm", "\u03a9": "ohm", "Ohm": "ohm", "ohms": "ohm"}
_NUMBER = re.compile(
    r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*", re.DOTALL
)

_FACTORS: dict[str, dict[str, Decimal]] = {
    "1": {"%": Decimal("0.01"), "ppm": Decimal("1e-6")},
    "s": {"min": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)},
}
"""Units that are no power of ten of the SI unit, or none with a prefix."""

_SMALLEST, _LARGEST = Decimal("1e-24"), Decimal("1e15")
"""SI magnitudes beyond these are slips of the pen, whatever the quantity."""

_LARGEST_EXPONENT = {"s": 0}  # a thousand seconds are no "1 ks" to anybody


@dataclass(frozen=True, slots=True)
class ScaledUnit:
    """A unit with its prefix, as it stands over a column of numbers or beside an axis.

    ``factor`` is one of it in SI: 1e-6 for ``uS``.
    """

    symbol: str
    factor: float

    def __str__(self) -> str:
        return self.symbol

    def of(self, value: float) -> float:
        """An SI value in this unit."""
        return value / self.factor

    def to_si(self, value: float) -> float:
        """A value in this unit as an SI value."""
        return value * self.factor


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it labels a column, with an example of how to write it in a file.

    ``quantity`` is what it measures, with its article: "a voltage".
    """

    symbol: str
    name: str
    example: str
    quantity: str

    def parse(self, text: str) -> float:
        """Read ``"50 uS"`` as 5e-05, scaled in decimal so that no digit is lost.

        Times may be in ``min``, ``h`` and ``d`` as well.

        Raises
        ------
        ValueError
            Not a number, no unit, another dimension, or a magnitude that nothing has; says what
            to write instead.
        """
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise ValueError(mistakes.no_number(self, text))
        digits, written = match.groups()
        if not written:
            raise ValueError(mistakes.no_unit(self, text, digits))
        factor = self.factor_of(written)
        if factor is None:
            raise ValueError(mistakes.other_unit(self, text, digits, written, (*UNITS, HERTZ)))
        try:
            value = Decimal(digits) * factor
        except DecimalException:  # an exponent of many digits
            value = _LARGEST * 10
        if value and not _SMALLEST <= abs(value) <= _LARGEST:
            raise ValueError(
                f"{quoted(text)} is beyond anything that can be meant; write {self.advice()}"
            )
        return float(value)

    def advice(self) -> str:
        """How this quantity is written in a file."""
        return f'for example "{self.example}"'

    def factor_of(self, written: str) -> Decimal | None:
        """One of what is written, in SI; None if it is no unit of this quantity."""
        for spelling, plain in _SPELLINGS.items():
            if written.endswith(spelling):
                written = written.removesuffix(spelling) + plain
                break
        factors = _FACTORS.get(self.symbol, {})
        if written in factors:
            return factors[written]
        if self.symbol == "1" or not written.endswith(self.symbol):
            return None
        exponent = _EXPONENTS.get(written.removesuffix(self.symbol))
        return None if exponent is None else Decimal(1).scaleb(exponent)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every unit of this quantity, with all prefixes."""
        others = tuple(_FACTORS.get(self.symbol, {}))
        if self.symbol == "1":
            return others
        return (*others, *(prefix + self.symbol for prefix in _EXPONENTS))

    def show(self, value: float) -> str:
        """``5e-05`` as ``"50 uS"``: the form that `parse` reads back."""
        value = float(value)  # a numpy float shows itself as np.float64(...)
        if value != value or value in (float("inf"), float("-inf")):
            return f"{value} {self.symbol}"
        if self.symbol == "1":
            return f"{_plain(Decimal(repr(value)).scaleb(2))} %"
        if value == 0:
            return f"0 {self.symbol}"
        decimal = Decimal(repr(value))
        exponent = min(max(3 * (decimal.adjusted() // 3), -15), 9)
        prefix = next(p for p, e in _EXPONENTS.items() if e == exponent)
        return f"{_plain(decimal.scaleb(-exponent))} {prefix}{self.symbol}"

    def scaled(self, prefix: str) -> ScaledUnit:
        """``SIEMENS.scaled("u")`` is microsiemens, ``FRACTION.scaled("%")`` percent.

        Raises
        ------
        ValueError
            There is no such prefix.
        """
        symbol = prefix if self.symbol == "1" else prefix + self.symbol
        factor = self.factor_of(symbol)
        if factor is None:
            raise ValueError(f'"{symbol}" is no unit of {self.name}; write {self.advice()}')
        return ScaledUnit(symbol, float(factor))

    def readable(self, largest: float) -> ScaledUnit:
        """With the prefix that gives ``largest`` one to three digits before its point."""
        if self.symbol == "1":
            return self.scaled("%")
        if not largest or not isfinite(largest):
            return self.scaled("")
        exponent = 3 * (Decimal(repr(float(largest))).adjusted() // 3)
        exponent = min(max(exponent, -15), _LARGEST_EXPONENT.get(self.symbol, 9))
        return self.scaled(next(p for p, e in _EXPONENTS.items() if e == exponent))


def _plain(decimal: Decimal) -> str:
    text = format(decimal, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _reader(unit: Unit) -> BeforeValidator:
    def read(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            return unit.parse(value)
        in_file = bool(info.context and info.context.get("quoted_units"))
        if isinstance(value, bool):
            raise ValueError(
                f"{str(value).lower()} is not a number; write {unit.quantity}, {unit.advice()}"
            )
        number = isinstance(value, int | float)
        if number and in_file and unit.symbol != "1":
            raise ValueError(
                f"{shortened(str(value))} has no unit; write {unit.quantity} with its unit, in "
                f"quotes, {unit.advice()}"
            )
        return value

    return BeforeValidator(read)


VOLT = Unit("V", "volts", "50 mV", "a voltage")
AMPERE = Unit("A", "amperes", "100 uA", "a current")
SIEMENS = Unit("S", "siemens", "50 uS", "a conductance")
OHM = Unit("ohm", "ohms", "10 kohm", "a resistance")
SECOND = Unit("s", "seconds", "10 ms", "a time")
WATT = Unit("W", "watts", "5 mW", "a power")
JOULE = Unit("J", "joules", "5 uJ", "an energy")
COULOMB = Unit("C", "coulombs", "10 mC", "a charge")
VOLT_PER_SECOND = Unit("V/s", "volts per second", "1 V/s", "a rate of voltage")
METRE = Unit("m", "metres", "50 nm", "a length")
KELVIN = Unit("K", "kelvins", "300 K", "a temperature")
HERTZ = Unit("Hz", "hertz", "50 Hz", "a frequency")
FRACTION = Unit("1", "a fraction", "3 %", "a fraction")

MICROSIEMENS = SIEMENS.scaled("u")
MILLISECONDS = SECOND.scaled("m")
PERCENT = FRACTION.scaled("%")

UNITS = (
    VOLT,
    AMPERE,
    SIEMENS,
    OHM,
    SECOND,
    WATT,
    JOULE,
    COULOMB,
    VOLT_PER_SECOND,
    METRE,
    KELVIN,
    FRACTION,
)

Volts = Annotated[FiniteFloat, VOLT, _reader(VOLT)]
Amperes = Annotated[FiniteFloat, AMPERE, _reader(AMPERE)]
Siemens = Annotated[FiniteFloat, SIEMENS, _reader(SIEMENS)]
Ohms = Annotated[FiniteFloat, OHM, _reader(OHM)]
Seconds = Annotated[FiniteFloat, SECOND, _reader(SECOND)]
Watts = Annotated[FiniteFloat, WATT, _reader(WATT)]
Joules = Annotated[FiniteFloat, JOULE, _reader(JOULE)]
Coulombs = Annotated[FiniteFloat, COULOMB, _reader(COULOMB)]
VoltsPerSecond = Annotated[FiniteFloat, VOLT_PER_SECOND, _reader(VOLT_PER_SECOND)]
Kelvins = Annotated[FiniteFloat, KELVIN, _reader(KELVIN)]
Fraction = Annotated[FiniteFloat, FRACTION, _reader(FRACTION)]
Hertz = Annotated[FiniteFloat, HERTZ, _reader(HERTZ)]
