"""The catalogue of runs: what a thousand run folders say, asked at once."""

from mho.catalogue.catalogue import FACTS, Catalogue, catalogue_path, runs

__all__ = ["FACTS", "Catalogue", "catalogue_path", "runs"]
