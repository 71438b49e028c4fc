"""The keys of a settings file, read off its model."""

from typing import Annotated, Literal

from pydantic import Field

from mho.frozen import Frozen
from mho.keys import Key, tables
from mho.quantities import Fraction, Seconds, Volts


class Part(Frozen):
    """A part of it.

    More about it.
    """

    width: Seconds | None = Field(default=None, gt=0, le=10, description="how long")
    count: int = Field(default=3, ge=1, description="how many")


class Whole(Frozen):
    """The whole."""

    level: Volts = Field(description="how high")
    levels: tuple[Annotated[Volts, Field(lt=5)], ...] = Field(
        default=(1.0, 0.05), min_length=2, max_length=9, description="which"
    )
    share: Fraction = Field(default=0.03, ge=0, lt=1, description="how much")
    factor: float = Field(default=2.5, gt=1, lt=float("inf"), description="how strong")
    how: Literal["up", "down"] = Field(default="up", description="where to")
    first: Volts | Literal["own"] = Field(default="own", description="begins where")
    fast: bool = Field(default=False, description="or slow")
    part: Part = Field(default=Part(count=7), description="of it")
    maybe: Part | None = Field(default=None, description="one more")
    parts: tuple[Part, ...] = Field(default=(), description="many")
    named: dict[str, Part] = Field(min_length=1, description="by name")
    loads: dict[str, Seconds] = Field(default_factory=dict, description="by name, too")
    bare: int = 1


def test_how_every_form_is_written():
    top, *_ = tables(Whole)
    assert top.heading == "" and top.meaning == "The whole."
    assert [(k.name, k.default, k.written, k.legal, k.meaning) for k in top.keys] == [
        ("level", None, "volts", "", "how high"),
        ("levels", '["1 V", "50 mV"]', "list of volts", "2 to 9 of them, each < 5 V", "which"),
        ("share", '"3 %"', "a fraction", ">= 0 %, < 100 %", "how much"),
        ("factor", "2.5", "number", "> 1", "how strong"),
        ("how", '"up"', '"up" or "down"', "", "where to"),
        ("first", '"own"', 'volts or "own"', "", "begins where"),
        ("fast", "false", "true or false", "", "or slow"),
        ("part", "", "table", "", "of it"),
        ("maybe", "", "table", "", "one more"),
        ("parts", "", "tables", "", "many"),
        ("named", None, "tables", "at least 1", "by name"),
        ("loads", "", "table NAME = seconds", "", "by name, too"),
        ("bare", "1", "whole number", "", ""),
    ]


def test_tables_beneath_have_the_defaults_that_the_one_above_gives_them():
    _, *beneath = tables(Whole)
    assert [table.heading for table in beneath] == [
        "[part]", "[maybe]", "[[parts]]", "[named.NAME]",
    ]  # fmt: skip
    assert {table.meaning for table in beneath} == {"A part of it."}
    assert [table.keys[1].default for table in beneath] == ["7", "3", "3", "3"]
    assert beneath[0].keys[0] == Key(
        name="width", written="seconds", legal="> 0 s, <= 10 s", default="", meaning="how long"
    )
