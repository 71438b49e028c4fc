"""Replies that come later than the message that they answer."""


class LateReplies:
    """Promised with a message, ready when what it has started ends.

    ``promised`` counts all promises so far: a link that sees it grow waits for a reply.
    """

    def __init__(self) -> None:
        self.promised = 0
        self._ready: list[str] = []

    def promise(self) -> None:
        """The reply to the message of now comes later."""
        self.promised += 1

    def put(self, text: str) -> None:
        """A promised reply is ready."""
        self._ready.append(text)

    def take(self) -> list[str]:
        """The replies that are ready; nobody gets them twice."""
        texts, self._ready = self._ready, []
        return texts
