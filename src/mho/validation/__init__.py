"""Validation: published numbers held against what the simulated benches give for them."""

from mho.validation.comparison import Comparison, Figure
from mho.validation.measuring import validate
from mho.validation.published import Published, Reference, references

__all__ = ["Comparison", "Figure", "Published", "Reference", "references", "validate"]
