"""Samples: the physical cells that runs are made on, each with its address."""

from mho.samples.cell import Cell, cell_of, chosen_cells, in_array
from mho.samples.sample import Cells, Reach, Rehearsal, Sample, SampleFile, read_sample, sample_from

__all__ = [
    "Cell",
    "Cells",
    "Reach",
    "Rehearsal",
    "Sample",
    "SampleFile",
    "cell_of",
    "chosen_cells",
    "in_array",
    "read_sample",
    "sample_from",
]
