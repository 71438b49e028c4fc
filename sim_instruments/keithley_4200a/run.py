"""A measurement that plays while the instrument answers: a script of moments."""

from collections.abc import Callable, Iterator

Script = Callable[[float], Iterator[float]]
"""``script(start)`` yields the moment (s) of its next action and acts when it is asked to go on."""

Enough = Callable[[int], bool]
"""Whether so many actions are enough for now."""


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

    def play(self, until: float, is_enough: Enough | None = None) -> None:
        """Play the actions up to the moment ``until``; nothing from within an action.

        With ``is_enough``, until that says so: the rest is for the next call.
        """
        played = 0
        while not self.is_done and self._next <= until and not self._acting:
            if not self._step():
                self._begin_again()
            played += 1
            if is_enough is not None and is_enough(played):
                return

    def play_next(self) -> None:
        """Play the action that is due next."""
        if not (self.is_done or self._acting) and not self._step():
            self._begin_again()

    def play_through(self, is_enough: Enough) -> float:
        """Play to the end, or until it is enough; returns the moment reached."""
        reached = self._next
        played = 0
        while not is_enough(played):
            reached = self._next
            if not self._step():
                self._begin_again()
                break
            played += 1
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
