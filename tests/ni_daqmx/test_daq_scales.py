"""Custom scales of channels, and tasks that are saved."""

import nidaqmx
import numpy as np
import pytest
from daq_lab import refused
from nidaqmx.constants import UnitsPreScaled, VoltageUnits

LSB = 10 / 32768


def scales(lab):
    """Four scales that all double a voltage and add half a unit, between -4 V and 4 V."""
    options = lab.options()
    make = nidaqmx.Scale
    yield make.create_lin_scale("line", 2.0, 0.5, grpc_options=options)
    yield make.create_map_scale("map", -4.0, 4.0, -7.5, 8.5, grpc_options=options)
    yield make.create_polynomial_scale("poly", [0.5, 2.0], [-0.25, 0.5], grpc_options=options)
    yield make.create_table_scale("table", [-4.0, 0.0, 4.0], [-7.5, 0.5, 8.5], grpc_options=options)


def test_inputs_and_outputs_on_a_scale(lab):
    for scale in scales(lab):
        ao, ai = lab.task(), lab.task()
        for add in (ao.ao_channels.add_ao_voltage_chan, ai.ai_channels.add_ai_voltage_chan):
            add(
                "Dev1/ao0" if add == ao.ao_channels.add_ao_voltage_chan else "Dev1/ai0",
                min_val=-7.0, max_val=7.0, units=VoltageUnits.FROM_CUSTOM_SCALE,
                custom_scale_name=scale.name,
            )  # fmt: skip
        ao.write(3.0)
        assert lab.volts() == pytest.approx(1.25, abs=LSB)
        assert ai.read() == pytest.approx(3.0, abs=4 * LSB)
        assert ai.ai_channels.all.ai_custom_scale.name == scale.name
        assert refused(ao.write, 7.1) == -200561
        ao.close()
        ai.close()


def test_properties_of_a_scale_are_those_of_its_type(lab):
    line, map_, poly, table = scales(lab)
    line.lin_slope = 4.0
    assert (line.lin_slope, line.lin_y_intercept) == (4.0, 0.5)
    assert line.pre_scaled_units is UnitsPreScaled.VOLTS
    assert (map_.map_scaled_max, poly.poly_forward_coeff) == (8.5, [0.5, 2.0])
    assert table.table_pre_scaled_vals == [-4.0, 0.0, 4.0]
    assert refused(lambda: line.poly_forward_coeff) == -200601
    assert refused(setattr, line, "lin_slope", 0.0) == -200077
    assert line.lin_slope == 4.0


def test_a_scale_that_is_not_there_or_has_no_reverse(lab):
    task = lab.task()
    assert (
        refused(
            task.ai_channels.add_ai_voltage_chan, "Dev1/ai0",
            units=VoltageUnits.FROM_CUSTOM_SCALE, custom_scale_name="none",
        )
        == -200378
    )  # fmt: skip
    make = nidaqmx.Scale.create_lin_scale
    assert refused(make, "flat", 0.0, grpc_options=lab.options()) == -200077


def test_the_reverse_of_a_polynomial(lab):
    found = nidaqmx.Scale.calculate_reverse_poly_coeff(
        [1.0, 2.0], -10.0, 10.0, 1000, 1, grpc_options=lab.options()
    )
    assert found == pytest.approx([-0.5, 0.5])


def test_a_saved_task_is_loaded_as_it_was(lab):
    task = lab.ao(rate=1000.0, count=4)
    task.save("ramp")
    assert refused(task.save, "ramp") == -200089
    task.save("ramp", overwrite_existing_task=True)
    task.close()
    system = lab.system()
    assert list(system.tasks.task_names) == ["ramp"]
    loaded = system.tasks["ramp"].load()
    assert loaded.channel_names == ["Dev1/ao0"]
    assert (loaded.timing.samp_clk_rate, loaded.timing.samp_quant_samp_per_chan) == (1000.0, 4)
    loaded.write(np.array([0.0, 1.25, 2.5, 3.75]))
    loaded.start()
    loaded.wait_until_done()
    assert lab.volts() == 3.75
    loaded.close()
    system.tasks["ramp"].delete()
    assert list(system.tasks.task_names) == []
    assert refused(system.tasks["ramp"].delete) == -200485
