"""The NI-SWITCH service of the simulated device server: matrix modules beside the SMUs.

It is written from NI's published service definition and the client package alone and shares nothing
with the driver. Relays follow what is asked of them and are tracked, unlike in NI's own simulation,
which reports any route as possible. Trigger lines are stored and read back; scans step by software
triggers, or at once.
"""
