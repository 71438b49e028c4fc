"""Drivers for real instruments, one folder each."""
