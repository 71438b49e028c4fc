"""Plain text for a terminal: nothing cut, nothing past its edge, whatever the texts are."""

from hypothesis import given, settings
from hypothesis import strategies as some

from mho.cli.lines import named, table, wrapped

WORD = some.text("abcdefghijk-", min_size=1, max_size=20)
CELL = some.one_of(
    some.just("-"),
    some.floats(-1e6, 1e6).map(lambda value: f"{value:.4g}"),
    WORD,
    some.lists(WORD, max_size=12).map(" ".join),
)


@some.composite
def tables(draw):
    width = draw(some.integers(1, 9))
    headers = tuple(draw(some.lists(WORD, min_size=width, max_size=width)))
    rows = draw(some.lists(some.tuples(*[CELL] * width), max_size=5))
    return headers, tuple(rows)


@given(tables(), some.sampled_from([80, 100]))
@settings(deadline=None)
def test_every_word_of_a_table_is_there_and_fits(one, columns):
    headers, rows = one
    lines = table(headers, rows, columns)
    assert max(map(len, lines), default=0) <= columns
    words = " ".join(lines).split()
    for cell in (*headers * bool(rows), *(cell for row in rows for cell in row)):
        for word in cell.split():
            assert words.count(word) >= 1, word
            words.remove(word)


@given(some.lists(some.tuples(WORD, CELL), min_size=1, max_size=6))
@settings(deadline=None)
def test_every_name_is_there_with_its_text(rows):
    lines = named(rows, 80)
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    for name, text in rows:
        assert name in words
        assert all(word in words for word in text.split())


def test_how_a_table_looks():
    assert table(
        ("target (uS)", "ended", "why"),
        (("10.000", "reached", "it is within the tolerance"), ("9.5", "stuck", "-")),
        80,
    ) == [
        "  target (uS)  ended    why",
        "  -----------  -------  --------------------------",
        "       10.000  reached  it is within the tolerance",
        "          9.5  stuck    -",
    ]


def test_headers_and_prose_are_broken_between_words_where_room_is_short():
    assert table(
        ("target (uS)", "ended", "why"),
        (("10.000", "reached", "it is within the tolerance"), ("9.5", "stuck", "-")),
        32,
    ) == [
        "  target",
        "    (uS)  ended    why",
        "  ------  -------  -------------",
        "  10.000  reached  it is within",
        "                   the tolerance",
        "     9.5  stuck    -",
    ]


def test_columns_that_do_not_fit_stand_one_beneath_another():
    assert table(("a", "b"), (("x" * 50, "y" * 40), ("1", "2")), 80) == [
        f"  a  {'x' * 50}",
        f"  b  {'y' * 40}",
        "",
        "  a  1",
        "  b  2",
    ]


def test_what_is_written_by_a_hyphen_or_as_a_path_stays_whole():
    text = "data/runs/20260101T120000_ispp_k3fq7a2d and one_transistor_one_resistor"
    lines = wrapped(text, 30)
    assert lines == text.split()


def test_a_short_quotation_is_not_broken():
    assert wrapped('write for example "100 uA" or "3 %"', 24) == [
        "write for example",
        '"100 uA" or "3 %"',
    ]
