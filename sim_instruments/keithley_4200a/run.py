"""A measurement that plays while the instrument answers: a script of moments."""

from collections.abc import Callable, Iterator

Script = Callable[[float], Iterator[float]]
"""``script(start)`` yields the moment (s) of its next action and acts when it is asked to go on."""


class Run:
    """Plays a script as far as time has come.

    Parameters
    ----------
    script
        What to play, from ``start`` on.
    cleanup
        Called with the moment at which the script was cut short.
    repeats
        Begin again at the end, until aborted (``ME2``).
    """

    def __init__(
        self,
        script: Script,
        start: float,
        cleanup: Callable[[float], None],
        *,
        repeats: bool = False,
    ) -> None:
        self._script, self._cleanup, self._repeats = script, cleanup, repeats
        self._actions = script(start)
        self._next = start
        self.is_done = self._acting = False
        self._step()

    def play(self, until: float, at_most: int | None = None) -> None:
        """Play the actions up to the moment ``until``; nothing from within an action.

        With ``at_most``, so many of them: the rest is for the next call.
        """
        played = 0
        while not self.is_done and self._next <= until and not self._acting and played != at_most:
            played += 1
            if not self._step():
                self._begin_again()

    def play_through(self, at_most: int) -> float:
        """Play to the end, or ``at_most`` actions; returns the moment reached."""
        reached = self._next
        for _ in range(at_most):
            reached = self._next
            if not self._step():
                self._begin_again()
                break
        return reached

    @property
    def next_moment(self) -> float:
        """When its next action is due (s)."""
        return self._next

    def abort(self, moment: float) -> None:
        """Stop here."""
        self.is_done = True
        self._cleanup(moment)

    def _step(self) -> bool:
        self._acting = True
        try:
            following = next(self._actions, None)
        finally:
            self._acting = False
        if following is None:
            return False
        self._next = following
        return True

    def _begin_again(self) -> None:
        self.is_done = True
        if self._repeats:
            self._actions = self._script(self._next)
            self.is_done = not self._step()
