"""Measurement protocols, one module each."""
