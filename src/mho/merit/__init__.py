"""Figures of merit that memristor papers quote, as pure functions of numpy arrays.

Every function takes plain arrays in SI units and returns one frozen result: values with their
95 % confidence intervals, how many points were used and how many ignored, and the ``source`` of
the definition. A reading that is not finite (or not positive where a logarithm is taken) is
ignored and counted; data that cannot answer raise `mho.merit.samples.NotEnoughData`.
"""
