"""Analyses of measured columns beyond the verdict of a protocol: of a run, or of a foreign CSV."""
