"""One owner: the lock of a bench in use, its watchdog, and switching off what nobody owns."""
