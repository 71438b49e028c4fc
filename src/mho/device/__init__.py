"""The device under test: what a simulated one offers."""
