"""Quantities: SI floats inside, quoted units in files.

One annotated alias per quantity (`Volts`, `Siemens`, ...) is a plain ``float`` to Python, parses
``"50 us"`` for pydantic, and labels the column of a file. Code may pass floats; a settings file
must quote the unit.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, FiniteFloat, ValidationInfo

_EXPONENTS = {
    "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "": 0,
    "k": 3, "M": 6, "G": 9,
}  # fmt: skip
_SPELLINGS = {"\u2126": "ohm", "\u03a9": "ohm", "Ohm": "ohm", "ohms": "ohm"}
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")


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
    """A unit as it labels a column, with an example of how to write it in a file."""

    symbol: str
    name: str
    example: str

    def parse(self, text: str) -> float:
        """Read ``"50 uS"`` as 5e-05, scaled in decimal so that no digit is lost.

        Raises
        ------
        ValueError
            Not a number, no unit, or another dimension; says what to write instead.
        """
        match = _NUMBER.match(text)
        if match is None:
            raise ValueError(f'"{text}" is not a number with a unit; write {self.advice()}')
        digits, written = match.groups()
        if not written:
            raise ValueError(f'"{text}" has no unit; write {self.advice()}')
        exponent = self._exponent(written)
        if exponent is None:
            raise ValueError(
                f'"{text}" is not in {self.name}: "{written}" is no unit of it; '
                f"write {self.advice()}"
            )
        return float(Decimal(digits).scaleb(exponent))

    def advice(self) -> str:
        """How this quantity is written in a file."""
        return f'for example "{self.example}"'

    def _exponent(self, written: str) -> int | None:
        for spelling, plain in _SPELLINGS.items():
            if written.endswith(spelling):
                written = written.removesuffix(spelling) + plain
                break
        if self.symbol == "1":
            return {"%": -2, "ppm": -6}.get(written)
        if not written.endswith(self.symbol):
            return None
        return _EXPONENTS.get(written.removesuffix(self.symbol))

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
        exponent = self._exponent(symbol)
        if exponent is None:
            raise ValueError(f'"{symbol}" is no unit of {self.name}; write {self.advice()}')
        return ScaledUnit(symbol, float(f"1e{exponent}"))

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
            raise ValueError(f"{str(value).lower()} is not a number; write {unit.advice()}")
        number = isinstance(value, int | float)
        if number and in_file and unit.symbol != "1":
            raise ValueError(f"{value} has no unit; write {unit.advice()}")
        return value

    return BeforeValidator(read)


VOLT = Unit("V", "volts", "50 mV")
AMPERE = Unit("A", "amperes", "100 uA")
SIEMENS = Unit("S", "siemens", "50 uS")
OHM = Unit("ohm", "ohms", "10 kohm")
SECOND = Unit("s", "seconds", "10 ms")
WATT = Unit("W", "watts", "5 mW")
JOULE = Unit("J", "joules", "5 uJ")
COULOMB = Unit("C", "coulombs", "10 mC")
VOLT_PER_SECOND = Unit("V/s", "volts per second", "1 V/s")
METRE = Unit("m", "metres", "50 nm")
KELVIN = Unit("K", "kelvins", "300 K")
FRACTION = Unit("1", "a fraction", "3 %")

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
Fraction = Annotated[FiniteFloat, FRACTION, _reader(FRACTION)]
