"""How numbers are written in replies.

The printed real replies use engineering notation (KXCI manual Rev. E pages 2-11, 3-7), the pulse
data another form (page 7-38). The layout of negative numbers and of times is unverified.
"""

NOT_AVAILABLE = "9.000e+37"
"""A voltage through an unmapped VM: page 5-8."""


def engineering(value: float, digits: int = 5) -> str:
    """Sign or blank, ``digits`` significant digits, exponent a multiple of 3: `` 22.329E-09``."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    sign = " "
    if mantissa[0] == "-":
        sign, mantissa = "-", mantissa[1:]
    power = int(exponent)
    shift = power % 3
    figures = mantissa.replace(".", "").ljust(shift + 1, "0")
    whole, rest = figures[: shift + 1], figures[shift + 1 :]
    return f"{sign}{whole}.{rest}E{power - shift:+03d}"


def pulse_number(value: float) -> str:
    """Six significant digits: ``0.00788628``, and small ones in engineering: ``-21.7246e-9``."""
    if value == 0 or abs(value) >= 1e-4:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.5e}".split("e")
    power = int(exponent)
    shift = power % 3
    # through text, so that no binary rounding is added
    return f"{float(f'{mantissa}e{shift}'):.6g}e{power - shift}"
