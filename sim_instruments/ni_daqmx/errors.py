"""What NI-DAQmx answers when it refuses. Codes and their names are those of NI's own table."""

from mho.sim_instruments.ni_device_server.refusals import DriverRefused

INVALID_TASK = -200088
DUPLICATE_TASK = -200089
CHAN_ALREADY_IN_TASK = -200489
CHAN_NOT_IN_TASK = -200486
NO_CHANS_IN_TASK = -200478
NO_OUTPUT_CHANS_IN_TASK = -200459
NO_INPUT_CHANS_IN_TASK = -200460
INVALID_DEVICE_ID = -200220
PHYSICAL_CHAN_DOES_NOT_EXIST = -200170
INVALID_ATTRIBUTE_VALUE = -200077
MIN_NOT_LESS_THAN_MAX = -200082
ATTR_NOT_SUPPORTED = -200197
ATTR_NOT_SUPPORTED_IN_TASK = -200452
NOT_SET = -200695
SAMP_RATE_TOO_HIGH = -200332
RATE_TIMES_CHANNELS_TOO_HIGH = -200081
INVALID_TIMING_TYPE = -200300
EXT_CLOCK_NOT_SPECIFIED = -200303
TRIG_WHEN_ON_DEMAND = -200262
REF_TRIG_WHEN_CONTINUOUS = -200358
REF_AND_PAUSE_TRIG = -200628
TOO_MANY_PRETRIG_SAMPLES = -200213
NO_REF_TRIG = -200282
NO_DEVICE_CONTEXT = -201118
AO_DATA_OUT_OF_RANGE = -200561
WRITE_NUM_CHANS_MISMATCH = -200524
NUM_LINES_MISMATCH = -200463
NO_SUCH_SCALE = -200378
NOT_OF_THIS_SCALE = -200601
NO_SAVED_TASK = -200485
READ_BUFFER_TOO_SMALL = -200229
OUTPUT_BUFFER_EMPTY = -200462
OUTPUT_BUFFER_TOO_SMALL = -200609
SAMPLES_CANNOT_YET_BE_WRITTEN = -200292
NO_MORE_SPACE = -200293
BUFFER_SIZE_AUTO_CONFIGURED = -200547
STOPPED_BEFORE_OLD_SAMPLES = -200290
SAMPLES_NOT_YET_AVAILABLE = -200284
SAMPLES_NO_LONGER_AVAILABLE = -200279
SAMPLES_NEVER_AVAILABLE = -200278
STOPPED_BEFORE_OVERWRITE = -200222
NOT_DONE_IN_TIME = -200560
NOT_WHILE_RUNNING = -200479
NO_PROPERTY_WHILE_RUNNING = -200557
ONLY_WHILE_RUNNING = -200846
ONLY_WHEN_RESERVED = -200983
RESOURCE_RESERVED = -50103
SOURCE_TERMINAL = -89120
DESTINATION_TERMINAL = -89121
NO_TRIGGER_LINES = -89125
DONE_EVENT_REGISTERED = -200950
SIGNAL_EVENT_REGISTERED = -200949
ACQUIRED_EVENT_REGISTERED = -200966
TRANSFERRED_EVENT_REGISTERED = -200967
TRANSFERRED_EVENT_NOT_SUPPORTED = -200980
ACQUIRED_EVENT_NOT_SUPPORTED = -200981
SIGNAL_EVENT_NOT_SUPPORTED = -200982

NOT_YET_AVAILABLE = """\
Some or all of the samples requested have not yet been acquired.

To wait for the samples to become available use a longer read timeout or read later in your \
program. To make the samples available sooner, increase the sample rate. If your task uses a \
start trigger, make sure that your start trigger is configured correctly. It is also possible \
that you configured the task for external timing, and no clock was supplied. If this is the case, \
supply an external clock."""
"""Word for word as NI's client has it."""

TEXTS = {
    INVALID_TASK: "Task specified is invalid or does not exist.",
    DUPLICATE_TASK: "Task name specified conflicts with an existing task name.",
    CHAN_ALREADY_IN_TASK: "Channel specified is already in the task.",
    CHAN_NOT_IN_TASK: "Channel specified is not in the task.",
    NO_CHANS_IN_TASK: "Specified operation cannot be performed when there are no channels in the "
    "task.",
    NO_OUTPUT_CHANS_IN_TASK: "Write cannot be performed when there are no output channels in the "
    "task.",
    NO_INPUT_CHANS_IN_TASK: "Read cannot be performed when there are no input channels in the "
    "task.",
    INVALID_DEVICE_ID: "Device identifier is invalid.",
    PHYSICAL_CHAN_DOES_NOT_EXIST: "Physical channel specified does not exist on this device.",
    INVALID_ATTRIBUTE_VALUE: "Requested value is not a supported value for this property.",
    MIN_NOT_LESS_THAN_MAX: "Minimum is greater than or equal to the maximum.",
    ATTR_NOT_SUPPORTED: "Specified property is not supported by the device or is not applicable "
    "to the task.",
    ATTR_NOT_SUPPORTED_IN_TASK: "Specified property is not supported by the device or is not "
    "applicable to the task.",
    NOT_SET: "Property has no value: it was reset, or was never set.",
    SAMP_RATE_TOO_HIGH: "Specified sample rate is higher than the fastest rate supported by the "
    "device.",
    RATE_TIMES_CHANNELS_TOO_HIGH: "Sample rate exceeds the maximum sample rate for the number of "
    "channels specified.",
    INVALID_TIMING_TYPE: "Sample timing type is not supported for this kind of channel or device.",
    EXT_CLOCK_NOT_SPECIFIED: "External sample clock source was not specified.",
    REF_TRIG_WHEN_CONTINUOUS: "Reference trigger cannot be used in a continuous acquisition.",
    REF_AND_PAUSE_TRIG: "Reference and pause triggers cannot be used in one task.",
    TOO_MANY_PRETRIG_SAMPLES: "Pretrigger samples, and two after the trigger, are more than the "
    "samples of the task.",
    NO_TRIGGER_LINES: "No registered trigger lines could be found between the devices in the "
    "route.",
    NO_REF_TRIG: "Cannot read relative to a reference trigger that is not configured.",
    TRIG_WHEN_ON_DEMAND: "Trigger cannot be used when the sample timing type is on demand.",
    NO_DEVICE_CONTEXT: "Property cannot be used for one device of the task.",
    AO_DATA_OUT_OF_RANGE: "Attempted writing analog data that is too large or too small.",
    WRITE_NUM_CHANS_MISMATCH: "Write cannot be performed, because the number of channels in the "
    "data does not match the number of channels in the task.",
    NUM_LINES_MISMATCH: "Specified read or write operation failed, because the number of lines in "
    "the data for a channel does not match the number of lines in the channel.",
    READ_BUFFER_TOO_SMALL: "Buffer is too small to fit read data.",
    NO_SUCH_SCALE: "Custom scale specified does not exist.",
    NOT_OF_THIS_SCALE: "Specified property is not supported by custom scales of this type.",
    NO_SAVED_TASK: "Task specified was not saved.",
    OUTPUT_BUFFER_EMPTY: "Generation cannot be started, because no data has been written to the "
    "output buffer.",
    OUTPUT_BUFFER_TOO_SMALL: "Generation cannot be started because the selected buffer size is too "
    "small for the samples that were written.",
    SAMPLES_CANNOT_YET_BE_WRITTEN: "Some or all of the samples to write could not be written yet: "
    "the buffer has no room.",
    NO_MORE_SPACE: "Some or all of the samples to write could not be written to the buffer yet. "
    "There is not enough space in the buffer.",
    BUFFER_SIZE_AUTO_CONFIGURED: "Write failed, because the output buffer size was automatically "
    "configured by the first write.",
    STOPPED_BEFORE_OLD_SAMPLES: "The generation has stopped to prevent the regeneration of old "
    "samples. Your application was unable to write samples to the background buffer fast enough.",
    SAMPLES_NOT_YET_AVAILABLE: NOT_YET_AVAILABLE,
    SAMPLES_NO_LONGER_AVAILABLE: "The application is not able to keep up with the hardware "
    "acquisition: the samples are no longer in the buffer.",
    SAMPLES_NEVER_AVAILABLE: "Attempted to read a sample beyond the final sample acquired.",
    STOPPED_BEFORE_OVERWRITE: "Acquisition has been stopped to prevent an input buffer overwrite. "
    "Data was not read fast enough.",
    NOT_DONE_IN_TIME: "Wait Until Done did not indicate that the task was done within the "
    "specified timeout.",
    NOT_WHILE_RUNNING: "Specified operation cannot be performed while the task is running.",
    NO_PROPERTY_WHILE_RUNNING: "Specified property cannot be set while the task is running.",
    ONLY_WHILE_RUNNING: "Write cannot be performed when the auto start input to write is false, "
    "the task is not running, and timing is on demand.",
    ONLY_WHEN_RESERVED: "Cannot get the property when the task is not reserved, committed, or "
    "running.",
    RESOURCE_RESERVED: "The specified resource is reserved. The operation could not be completed "
    "as specified.",
    SOURCE_TERMINAL: "Source terminal to be routed could not be found on the device.",
    DESTINATION_TERMINAL: "Destination terminal to be routed could not be found on the device.",
    DONE_EVENT_REGISTERED: "Done event is already registered.",
    SIGNAL_EVENT_REGISTERED: "Signal event is already registered.",
    ACQUIRED_EVENT_REGISTERED: "Every N Samples Acquired Into Buffer event is already registered.",
    TRANSFERRED_EVENT_REGISTERED: "Every N Samples Transferred From Buffer event is already "
    "registered.",
    TRANSFERRED_EVENT_NOT_SUPPORTED: "Every N Samples Transferred From Buffer event is not "
    "supported by the channels of the task.",
    ACQUIRED_EVENT_NOT_SUPPORTED: "Every N Samples Acquired Into Buffer event is not supported by "
    "the channels of the task.",
    SIGNAL_EVENT_NOT_SUPPORTED: "The signal is no event of this task.",
}
UNKNOWN_TEXT = "Error code could not be found."


def text_of(code: int) -> str:
    """The text of a code."""
    return TEXTS.get(code, UNKNOWN_TEXT)


class DaqError(DriverRefused):
    """NI-DAQmx refuses: a negative code and a text, with what is at fault.

    ``written`` is how many samples per channel a write had got rid of before it failed.
    """

    def __init__(self, code: int, detail: str = "", *, written: int | None = None) -> None:
        trailer = () if written is None else (("ni-samps-per-chan-written", str(written)),)
        super().__init__(code, f"{TEXTS.get(code, '')} {detail}".strip(), trailer)
