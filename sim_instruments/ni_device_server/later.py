"""A service that is built when the first call to it comes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message

from mho.sim_instruments.ni_device_server.service import Call, Service


class Later:
    """Stands in for a service that ``build`` gives; satisfies `Service`."""

    def __init__(self, full_name: str, build: Callable[[], Service]) -> None:
        self.full_name = full_name
        self._build = build
        self._built: Service | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def _service(self) -> Service:
        with self._lock:
            if self._built is None:
                self._built = self._build()
                if self._is_closed:
                    self._built.close()
            return self._built

    @property
    def calls(self) -> Mapping[str, Call]:
        """Those of the service."""
        return self._service.calls

    def label(self, name: str, request: Any) -> str:
        """As the service does."""
        return self._service.label(name, request)

    def answer(self, name: str, request: Any, is_there: Callable[[], bool]) -> Message:
        """As the service does."""
        return self._service.answer(name, request, is_there)

    def stream(self, name: str, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
        """As the service does."""
        return self._service.stream(name, request, is_there)

    def forget(self) -> None:
        """Nothing, before there is a service."""
        if self._built is not None:
            self._built.forget()

    def close(self) -> None:
        """Nothing, before there is a service."""
        self._is_closed = True
        if self._built is not None:
            self._built.close()
