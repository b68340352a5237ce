"""``python -m reports`` is the ``tongbao`` command."""

from reports.cli import main

main()
