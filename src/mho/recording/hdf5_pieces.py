"""Small datasets and attributes of an HDF5 file, made at once.

``Group.create_dataset`` and ``attrs[...]`` take three times as long: they look for what may be
there already, and for what type and shape to take. A short run has a hundred of both.
"""

import h5py
import numpy as np
from h5py import h5a, h5d, h5p, h5s, h5t
from numpy.typing import NDArray

TEXT = h5py.string_dtype()

_SCALAR, _TEXT = h5s.create(h5s.SCALAR), h5t.py_create(TEXT, logical=True)


def _kept() -> tuple[h5p.PropDCID, h5p.PropLCID]:
    storage, link = h5p.create(h5p.DATASET_CREATE), h5p.create(h5p.LINK_CREATE)
    storage.set_obj_track_times(False)  # the same run gives the same file
    link.set_char_encoding(h5t.CSET_UTF8)
    return storage, link


_STORAGE, _LINK = _kept()


def put_dataset(
    group: h5py.Group, name: str, values: NDArray[np.generic], dtype: np.dtype[np.generic]
) -> h5py.Dataset:
    """A new dataset of these values, contiguous; texts are an array of objects."""
    kind = h5t.py_create(dtype, logical=True)
    space = h5s.create_simple(values.shape) if values.ndim else _SCALAR
    made = h5d.create(group.id, name.encode(), kind, space, dcpl=_STORAGE, lcpl=_LINK)
    if values.size:
        made.write(h5s.ALL, h5s.ALL, np.asarray(values, dtype=dtype, order="C"))
    return h5py.Dataset(made)


def put_attribute(place: h5py.Group | h5py.Dataset, name: str, value: object) -> None:
    """A new attribute; there must be none of that name."""
    if not isinstance(value, str):
        place.attrs[name] = value
        return
    made = h5a.create(place.id, name.encode(), _TEXT, _SCALAR)
    made.write(np.array(value, dtype=TEXT))
