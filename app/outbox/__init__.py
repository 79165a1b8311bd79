"""PROMISES: what must not be lost is a row here, written with the change that promised it."""
