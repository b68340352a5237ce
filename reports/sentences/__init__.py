"""Every sentence about a finding: the facts that stages hand on, and the macros of ``templates/sentences/`` for them.

A stage makes a record of :mod:`reports.sentences.clauses` and never a text; :mod:`reports.sentences.macros` writes it
for circulars, letters, JSON, the ledger and the terminal alike, so that a court changes a sentence in one place.
"""
