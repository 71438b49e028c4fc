"""Shipped benches, devices and recipes, and published reference numbers."""
