"""``python -m mho`` is ``mho``."""

import sys

from mho.cli import main

sys.exit(main())
