"""The whole program in order: read → tally → compare → flag → explain → compose → render → deliver → ledger.

The modules follow that order, each with what it needs of those before it: ``job`` and ``request`` (what is asked
for), ``sources`` (cases and indicator tables), ``numbers`` (every indicator beside its bases), ``checks`` (data
quality and the gate), ``readiness`` (all that ``check`` tells), ``findings`` (flags and what moved them), ``reversals``
(cases reversed or sent back), ``loop`` (the ledgers), ``bulletins`` (texts and files), ``effects`` (what is left
behind), ``delivery`` (who is sent what of it). Beside them ``calendar`` and ``reminders``: who owes what by when, and
is told so.

Everything up to ``render`` is a pure function of its arguments; the clock and the folders enter in ``cli``.
Effects come last, and as one: the files and what the ledger says of them (``effects``, ``publication``).
"""
