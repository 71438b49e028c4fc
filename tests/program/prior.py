"""A prior for the test cells, as a device file has it, by options."""

PRIOR = (
    'device.prior.device="Cu:Te 1T1R"',
    'device.prior.pulse_width="10 ms"',
    'device.prior.set={points = [{conductance = "6 uS", amplitude = "0.85 V"}, '
    '{conductance = "180 uS", amplitude = "1.4 V"}], slope = "25 mV", spread = "0.1 V"}',
    'device.prior.reset={points = [{conductance = "200 uS", amplitude = "0.6 V"}, '
    '{conductance = "6 uS", amplitude = "2 V"}], slope = "25 mV", spread = "0.1 V"}',
    'device.prior.noise={points = [{conductance = "50 uS", deviation = 0.02}], '
    'times = [{time = "0 s", share = 0.4}, {time = "0.3 s", share = 0.6}]}',
)
