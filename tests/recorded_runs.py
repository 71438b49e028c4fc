"""A short recorded run of every protocol, and random damage to a run folder."""

import json
import shutil

import mho
from mho.recording.documents import write_results

SHORT_RUNS = {
    "charge_response": ("ecram-lithium", "ecram-lithium", ["steps=10", "cycles=1"]),
    "gate_leakage": ("ecram-lithium", "ecram-lithium", ["duration=4 s"]),
    "gates": ("ecram-array-3x3", "ecram-3x3", ["epochs=2"]),
    "logistic": ("ecram-array-2x2", "ecram-2x2", ["vectors=20", "epochs=1"]),
    "settling": ("ecram-lithium", "ecram-lithium", []),
    "symmetric_point": ("cu-te-1t1r", "cu-te", ["pairs=20"]),
    "characterise": ("cu-te-1t1r", "cu-te", ["rounds=2", "levels=3", "watch.lasts=4 s"]),
    "endurance": ("cu-te", "cu-te", ["cycles=20"]),
    "forming": ("cu-te-pristine", "stepped-pulses", []),
    "ispp": ("cu-te-1t1r", "one-target", []),
    "iv": ("cu-te", "double-sweep", ["cycles=2"]),
    "ladder": ("cu-te-1t1r", "four-levels", ["again=1", "tolerance=5 %", "ladder.count=2"]),
    "ltp_ltd": ("cu-te", "cu-te", []),
    "multilevel_compliance": ("alpha-fe2o3", "two-levels", []),
    "ocp": ("ecram-lithium", "ecram-lithium", []),
    "one_transistor_one_resistor": ("cu-te-1t1r", "mod-top-electrode", []),
    "ppf": ("cu-te", "cu-te", []),
    "program": ("cu-te-1t1r", "nine-targets", ["tolerance=3 %", "ladder.count=2"]),
    "pulse_response": ("cu-te", "cu-te-reset", []),
    "read_disturb": ("cu-te", "cu-te-six-voltages", ["reads=100"]),
    "reset_stop": ("cu-te-1t1r", "results", ["step=100 mV"]),
    "retention": ("cu-te", "cu-te-100-s", ["times.duration=20 s"]),
    "stdp": ("alpha-fe2o3", "published", []),
    "transistor": ("nmos", "transfer", []),
    "write_charge": ("ecram-lithium", "ecram-lithium", []),
    "xor": ("ecram-array-3x3", "ecram-3x3", []),
}
"""Device, recipe and options of each, on the ideal bench."""

MOST_ROWS = 2000
"""Of the runs below: a longer one is cut, as a kill would have cut it."""


def record_all(out):
    """The run folder of each protocol, by its name."""
    folders = {}
    for protocol, (device, recipe, options) in SHORT_RUNS.items():
        outcome = mho.execute(mho.read_job(protocol, "ideal", device, recipe, options=options), out)
        assert outcome.error is None, outcome.error
        folders[protocol] = outcome.folder
        lines = (outcome.folder / "rows.csv").read_bytes().splitlines(keepends=True)
        (outcome.folder / "rows.csv").write_bytes(b"".join(lines[: MOST_ROWS + 1]))
        stop = json.loads((outcome.folder / "stop.json").read_bytes())
        stop |= {"rows": min(stop["rows"], MOST_ROWS), "exit_status": "killed"}
        (outcome.folder / "stop.json").write_text(json.dumps(stop))
        (outcome.folder / "results.json").unlink()
        write_results(outcome.folder, mho.results_of(outcome.folder))
    return folders


FILES = (
    "rows.csv",
    "rows.csv",
    "start.json",
    "start.json",
    "stop.json",
    "results.json",
    "run.h5",
    "stimuli.csv",
)

ODD = (
    None, True, -1, 0, 3, 10**30, -(10**18), 1e308, float("nan"), "", "x", "[/bold] [red]x[/] \\",
    "nul \0", "\ud800", "a" * 100_000, [], [[]], {}, {"a": 1}, ["x"], "\x1b[31m", "../../x", "1",
    "nan", "2026", [1] * 200,
)  # fmt: skip

CELLS = (
    b"", b"nan", b"inf", b"-inf", b"1e308", b"-1", b"0", b"9223372036854775807", b"99999999999999",
    b"True", b"x", b"[/red]", b'"', b'"a\nb"', b"\0", b"\xff", b" 1", b"1_0", b"1e400", b"0x10",
    b"\xe2\x84\xa6", b"contact lost", b"-1e-300",
)  # fmt: skip


def damaged(folder, into, rng):
    """A copy of a run folder with one or two faults; says which."""
    shutil.copytree(folder, into)
    return "; ".join(_damage(into, rng) for _ in range(rng.choice((1, 1, 2))))


def _damage(folder, rng):
    path = folder / rng.choice(FILES)
    if not path.is_file():
        return f"no {path.name}"
    kinds = [_bytes]
    if path.suffix == ".json":
        kinds += [_json, _json]
    if path.name == "rows.csv":
        kinds += [_lines, _lines]
    return f"{path.name}: {rng.choice(kinds)(path, rng)}"


def _bytes(path, rng):
    data = path.read_bytes()
    at = rng.randrange(len(data) + 1)
    kind = rng.choice(
        ("gone", "empty", "cut", "bytes", "garbage", "nul", "folder", "huge", "twice")
    )
    match kind:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(rng.choice((b"", b"\n", b" ", b"\0" * 4096)))
        case "cut":
            path.write_bytes(data[:at])
        case "bytes":
            changed = bytearray(data)
            for _ in range(rng.randrange(1, 30)):
                if changed:
                    changed[rng.randrange(len(changed))] = rng.randrange(256)
            path.write_bytes(changed)
        case "garbage":
            path.write_bytes(data[:at] + rng.randbytes(rng.randrange(5000)) + data[at:])
        case "nul":
            path.write_bytes(data[:at] + b"\0" * (len(data) - at))
        case "folder":
            path.unlink()
            path.mkdir()
        case "huge":
            path.write_bytes(data[:at] + b"7" * 3_000_000 + data[at:])
        case "twice":
            path.write_bytes(data + data)
    return f"{kind} at {at} of {len(data)}"


def _json(path, rng):
    try:
        whole = json.loads(path.read_bytes())
        inner = rng.random() < 0.4 and "recipe_resolved" in whole.get("settings", {})
        data = json.loads(whole["settings"]["recipe_resolved"]) if inner else whole
    except (ValueError, AttributeError, TypeError):
        return _bytes(path, rng)
    place, told = data, []
    while isinstance(place, dict | list) and place:
        key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
        told.append(str(key))
        if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.3:
            kind = rng.choice(("odd", "odd", "gone", "more", "swap"))
            if kind == "odd":
                place[key] = rng.choice(ODD)
            elif kind == "gone":
                del place[key]
            elif kind == "swap" and isinstance(place, list):
                rng.shuffle(place)
            elif isinstance(place, dict):
                place["more"] = rng.choice(ODD)
            else:
                place.append(rng.choice(ODD))
            break
        place = place[key]
    if inner:
        whole["settings"]["recipe_resolved"] = json.dumps(data)
    path.write_text(json.dumps(whole))
    return ".".join(told)


def _lines(path, rng):
    lines = path.read_bytes().split(b"\n")
    rows = [line.split(b",") for line in lines]
    number = rng.randrange(len(lines))
    column = rng.randrange(max(len(rows[0]), 1))
    kind = rng.choice(
        ("cell", "cell", "cells", "column gone", "column twice", "swap names", "swap", "row gone",
         "row twice", "half", "blank", "crlf", "shuffle", "quote")
    )  # fmt: skip
    match kind:
        case "cell":
            rows[number][min(column, len(rows[number]) - 1)] = rng.choice(CELLS)
        case "cells":
            cell = rng.choice(CELLS)
            for row in rows[1:-1]:
                row[min(column, len(row) - 1)] = cell
        case "column gone":
            rows = [row[:column] + row[column + 1 :] for row in rows]
        case "column twice":
            rows = [row[:column] + row[column : column + 1] + row[column:] for row in rows]
        case "swap names":
            rng.shuffle(rows[0])
        case "swap":
            order = list(range(len(rows[0])))
            rng.shuffle(order)
            rows = [[row[at] for at in order] if len(row) == len(order) else row for row in rows]
        case "row gone":
            del rows[number]
        case "row twice":
            rows.insert(number, rows[number])
        case "half":
            rows[-1] = rows[number][: column + 1]
        case "blank":
            rows.insert(number, [b""])
        case "crlf":
            rows = [[*row[:-1], row[-1] + b"\r"] for row in rows[:-1]] + rows[-1:]
        case "shuffle":
            body = rows[1:-1]
            rng.shuffle(body)
            rows[1:-1] = body
        case "quote":
            rows[number].append(b'"')
    path.write_bytes(b"\n".join(b",".join(row) for row in rows))
    return f"{kind}, line {number + 1}, column {column}"
