"""A conductor between two terminals that are both driven."""

from mho.device.model import Response, drive_at


class TwoEnds:
    """A conductor between TE and BE, of any characteristic; it notes the voltages it has seen."""

    terminals = ("TE", "BE")

    def __init__(self, current):
        self.current, self.seen = current, []

    def across(self, drives):
        top, bottom = drive_at(drives, "TE"), drive_at(drives, "BE")
        low = 0.0 if bottom is None else bottom.level
        return (low if top is None else top.level), low

    def advance(self, drives, duration):
        high, low = self.across(drives)
        self.seen.append((duration, high - low))

    def respond(self, drives):
        high, low = self.across(drives)
        flows = self.current(high - low)
        return {"TE": Response(high, flows, False), "BE": Response(low, -flows, False)}

    def state(self):
        return {}

    def restore(self, state):
        pass
