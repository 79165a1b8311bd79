"""WHAT: the three-level catalogue and its time limits."""
