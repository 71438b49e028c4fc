"""Simulated PXIe-4139 modules behind NI-DCPower, for unmodified ``nidcpower`` clients.

It is written from NI's published documentation and client package alone and shares nothing with
the driver.

It answers every call of the NI-DCPower service; what a PXIe-4139 cannot do is refused with NI's
code. A session opened with Simulate may name any instrument: one that is in no slot is a module of
its own, with nothing at its output. Modules trigger each other by the lines of the backplane and by
the names of their signals. Not simulated, though stored and read back: sense, transient response,
slew limits of the output cutoff, widths, polarities and delays of events.
"""
