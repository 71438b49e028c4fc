"""What a settings model expects at a key: seen through unions, optional values and annotations."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mho.quantities import Unit

Location = tuple[int | str, ...]
"""Keys and numbers in lists, from the top of a file down."""

BOUNDS = {"gt": "above {}", "ge": "{} or more", "lt": "below {}", "le": "{} or less"}
"""Kinds of bounds, and how they are told."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model expects at one key: the annotation, and what its metadata say."""

    annotation: Any
    unit: Unit | None = None
    bounds: tuple[tuple[str, float], ...] = ()
    description: str = ""

    @classmethod
    def of(cls, annotation: Any, metadata: Iterable[Any] = (), description: str = "") -> "Expected":
        """Seen through ``Annotated`` and through ``| None``."""
        unit: Unit | None = None
        bounds: list[tuple[str, float]] = []
        waiting = list(metadata)
        while True:
            if get_origin(annotation) is Annotated:
                annotation, *more = get_args(annotation)
                waiting += more
            elif len(alternatives(annotation)) == 1 and alternatives(annotation)[0] != annotation:
                (annotation,) = alternatives(annotation)
            else:
                break
        for item in waiting:
            if isinstance(item, FieldInfo):
                waiting += item.metadata
                description = description or item.description or ""
            elif isinstance(item, Unit):
                unit = item
            bounds += [(n, getattr(item, n)) for n in BOUNDS if getattr(item, n, None) is not None]
        return cls(annotation, unit, tuple(bounds), description)

    def allows(self, value: float) -> bool:
        """Whether a number is within all bounds."""
        return all(
            value > bound if name == "gt"
            else value >= bound if name == "ge"
            else value < bound if name == "lt"
            else value <= bound
            for name, bound in self.bounds
        )  # fmt: skip

    @property
    def example(self) -> str:
        """What may stand there, as it is written in a file; empty if nobody knows."""
        items = items_of(self.annotation)
        if self.unit is not None:
            allowed = self.allows(self.unit.parse(self.unit.example))
            return f'"{"" if allowed else "-"}{self.unit.example}"'
        if get_origin(self.annotation) is Literal:
            return written(get_args(self.annotation)[0])
        if isinstance(self.annotation, type) and issubclass(self.annotation, Enum):
            return written(next(iter(self.annotation)).value)
        if items is not None:
            inside = Expected.of(items).example
            return f"[{inside}]" if inside else ""
        return ""


def walk(
    model: type[BaseModel], location: Location
) -> tuple[Location, Expected, Mapping[str, FieldInfo]]:
    """The key in the file, what is expected there, and the keys beside it.

    A location of pydantic also names which of several alternatives it tried; files do not.
    """
    at: list[int | str] = []
    here = Expected.of(model)
    siblings: Mapping[str, FieldInfo] = model.model_fields
    for part in location:
        several = alternatives(here.annotation)
        if len(several) > 1:
            chosen = next((a for a in several if _is_called(a, part)), several[0])
            here = Expected.of(chosen, (), here.description)
            siblings = fields_of(here.annotation)
            continue
        siblings = fields_of(here.annotation)
        at.append(part)
        if isinstance(part, str) and part in siblings:
            field = siblings[part]
            here = Expected.of(field.annotation, field.metadata, field.description or "")
        elif isinstance(part, int):
            here = Expected.of(items_of(here.annotation, part) or Any)
        else:
            here = Expected.of(values_of(here.annotation) or Any)
    return tuple(at), here, siblings


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union but None; the annotation itself if it is none."""
    if get_origin(annotation) is Annotated:
        return alternatives(get_args(annotation)[0])
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return tuple(a for a in get_args(annotation) if a is not type(None))
    return (annotation,)


def _is_called(alternative: Any, label: int | str) -> bool:
    """Whether pydantic names an alternative so: by its tag, its class, or what it is."""
    metadata = getattr(alternative, "__metadata__", ())
    inside = Expected.of(alternative).annotation
    if label in (getattr(item, "tag", None) for item in metadata):
        return True
    fields = fields_of(inside)
    tags = [tag for f in fields.values() for tag in choices_of(f.annotation)]
    name = str(label)
    if fields:
        return label in tags or getattr(inside, "__name__", "") == name
    return name.startswith("literal") == (get_origin(inside) is Literal)


def fields_of(annotation: Any) -> Mapping[str, FieldInfo]:
    """The keys of a table; empty if it is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields
    return {}


def items_of(annotation: Any, number: int = 0) -> Any:
    """What the items of a list are; None if it is none."""
    if get_origin(annotation) not in (tuple, list):
        return None
    arguments = [a for a in get_args(annotation) if a is not Ellipsis]
    return arguments[min(number, len(arguments) - 1)] if arguments else Any


def values_of(annotation: Any) -> Any:
    """What the values of a table with free keys are; None if it is none."""
    return get_args(annotation)[1] if get_origin(annotation) is dict else None


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """The values that may stand there, if they are few and known."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(one.value for one in annotation)
    return ()


def places_of(model: type[BaseModel], key: str, above: Location = ()) -> Iterator[Location]:
    """Where else in the model there is a key of this name, outside of lists and free tables."""
    for name, field in model.model_fields.items():
        if name == key:
            yield (*above, name)
        inside = Expected.of(field.annotation).annotation
        if isinstance(inside, type) and issubclass(inside, BaseModel):
            yield from places_of(inside, key, (*above, name))


def written(value: Any) -> str:
    """A value as it stands in a file."""
    return f'"{value}"' if isinstance(value, str) else bare(value)


def bare(value: Any) -> str:
    """A value without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
