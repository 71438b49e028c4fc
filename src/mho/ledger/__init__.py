"""The ledger of a sample: what each cell has suffered and shown, over all its runs."""

from mho.ledger.entry import Entry
from mho.ledger.ledger import Ledger, ledger_path
from mho.ledger.rebuild import rebuilt

__all__ = ["Entry", "Ledger", "ledger_path", "rebuilt"]
