"""Simulated multifunction cards behind NI-DAQmx, for unmodified ``nidaqmx`` clients.

They are written from NI's published documentation, client package and tests alone and share
nothing with the driver.

Analogue outputs are voltage sources of the terminals they are wired to; analogue inputs read the
current of a terminal through an amplifier (``settings.py``), or follow an output by the card's own
``_ao0_vs_aognd``. Tasks run on the clock of the world: a finite task of a second lets a second of
it pass. Outputs keep their last value, whatever becomes of the task.

Not simulated: slew of the outputs (a step is one), the time between the channels of one scan,
reference and pause triggers, counter inputs, calibration, logging to files.
"""
