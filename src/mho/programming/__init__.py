"""Bringing a cell to a conductance: algorithms, and what holds them to one another."""
