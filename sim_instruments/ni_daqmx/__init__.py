"""A simulated NI-DAQmx card."""
