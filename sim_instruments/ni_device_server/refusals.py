"""What a service of the device server raises instead of answering."""


class DriverRefused(Exception):
    """The driver refuses: a negative code, a text, and what else goes into the trailer."""

    def __init__(self, code: int, text: str, trailer: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.trailer = trailer


class SessionRefused(Exception):
    """The device server itself refuses a session name; ``status`` names the gRPC status."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status
