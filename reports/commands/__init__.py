"""Groups of commands, one module each; :mod:`reports.cli` puts them together."""
