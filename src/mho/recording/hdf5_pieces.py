"""Small datasets and attributes of an HDF5 file, made at once.

``Group.create_dataset`` and ``attrs[...]`` take three times as long: they look for what may be
there already, and for what type and shape to take. A short run has a hundred of both.
"""

from functools import lru_cache

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5p, h5s, h5t
from numpy.typing import NDArray

TEXT = h5py.string_dtype()

_SCALAR, _TEXT = h5s.create(h5s.SCALAR), h5t.py_create(TEXT, logical=True)


@lru_cache(maxsize=8)
def _space(shape: tuple[int, ...]) -> h5s.SpaceID:
    """The columns of a run are of one length."""
    return h5s.create_simple(shape) if shape else _SCALAR


def _kept() -> tuple[h5p.PropDCID, h5p.PropLCID]:
    storage, link = h5p.create(h5p.DATASET_CREATE), h5p.create(h5p.LINK_CREATE)
    storage.set_obj_track_times(False)  # the same run gives the same file
    link.set_char_encoding(h5t.CSET_UTF8)
    return storage, link


_STORAGE, _LINK = _kept()


def put_dataset(
    group: h5py.Group, name: str, values: NDArray[np.generic], dtype: np.dtype[np.generic]
) -> h5d.DatasetID:
    """A new dataset of these values, contiguous; texts are an array of objects."""
    kind = _TEXT if dtype is TEXT else h5t.py_create(dtype, logical=True)
    space = _space(values.shape)
    made = h5d.create(group.id, name.encode(), kind, space, dcpl=_STORAGE, lcpl=_LINK)
    if values.size:
        made.write(h5s.ALL, h5s.ALL, np.asarray(values, dtype=dtype, order="C"))
    return made


def put_attribute(place: h5d.DatasetID | h5g.GroupID, name: str, value: object) -> None:
    """A new attribute; there must be none of that name."""
    values = np.array(value, dtype=TEXT) if isinstance(value, str) else np.asarray(value)
    kind = _TEXT if isinstance(value, str) else h5t.py_create(values.dtype, logical=True)
    h5a.create(place, name.encode(), kind, _space(values.shape)).write(values)
