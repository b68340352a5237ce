"""The domain's own facts and arithmetic: case numbers and types, court tree, time limits, working days."""
