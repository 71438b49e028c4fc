"""Settings as frozen data: unknown keys are refused, values cannot change after reading."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A frozen settings model that refuses unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=False, defer_build=True
    )
