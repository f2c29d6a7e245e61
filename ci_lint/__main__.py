"""``python -m ci_lint`` is `ci-lint`."""

from __future__ import annotations

import sys

from ci_lint.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
