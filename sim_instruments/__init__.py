"""Instruments that answer on the wire, the ideal bench, and the physics behind them."""
