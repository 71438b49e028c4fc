"""Reservations on an NI gRPC Device Server: seen by every computer that uses it.

What the server's source says (ni/grpc-device, session_repository.cpp): a reservation is a name and
a client, both free text; ``Reserve`` waits while another client holds it; it lasts until that
client gives it back, also where its process died. Servers without the service are used without.
"""

from typing import TYPE_CHECKING, Any

from mho.drivers.ni_pxie_4139.logged_session import logged
from mho.errors import BenchInUse
from mho.interrupts import deferred

if TYPE_CHECKING:
    import grpc

_PATIENCE = 1.0
"""Seconds after which a reservation is held by somebody else."""

_UNKNOWN, _HELD, _OURS = "UNIMPLEMENTED", ("DEADLINE_EXCEEDED", "CANCELLED"), "FAILED_PRECONDITION"


class Reservations:
    """Those of one client, ``owner``, on the server at ``place``."""

    def __init__(self, channel: "grpc.Channel", place: str, owner: str) -> None:
        self._channel = channel
        self._place = place
        self._owner = owner
        self._held: list[str] = []
        self._are_kept = True

    def reserve(self, resource: str) -> None:
        """Reserve a resource, where the server keeps reservations; may be called again.

        Raises
        ------
        BenchInUse
            Another client has it.
        """
        if not self._are_kept or resource in self._held:
            return
        status = self._ask("Reserve", resource, self._owner)
        # A server that answers nothing at all holds nothing either.
        if status in _HELD and not self._ask("IsReservedByClient", resource, self._owner):
            raise BenchInUse(
                f"{resource} at {self._place} is reserved by somebody on another computer (the "
                "server does not say by whom). Wait for the end of that run; if its computer or "
                "process died, mho off there gives it back; nothing was switched on"
            )
        if status in ("", _OURS):
            self._held.append(resource)
        else:  # without the service, or with one that does not work
            self._are_kept = False

    def give_back(self, resource: str, owner: str) -> None:
        """Give back what a client holds; nothing, if it holds nothing."""
        if self._are_kept:
            self._ask("Unreserve", resource, owner)

    def close(self) -> None:
        """Give everything back."""
        while self._held:
            self.give_back(self._held.pop(), self._owner)

    def _ask(self, name: str, resource: str, owner: str) -> str:
        """The status of a call, empty if all went well."""
        import grpc

        try:
            # Messages and stub of NI's own package, which comes with its client.
            import session_pb2
            import session_pb2_grpc
        except ImportError:  # an older client carries them elsewhere
            return _UNKNOWN
        stub = session_pb2_grpc.SessionUtilitiesStub(self._channel)
        request: Any = getattr(session_pb2, f"{name}Request")(
            reservation_id=f"mho {resource}", client_id=owner
        )
        call = getattr(stub, name)
        with deferred():
            try:
                logged(
                    f"{self._place} {name}",
                    f" {request.reservation_id!r} for {owner!r}",
                    lambda: call(request, timeout=_PATIENCE),
                )
            except grpc.RpcError as error:
                return str(error.code().name)
        return ""
