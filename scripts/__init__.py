"""Programs the Makefile runs."""
