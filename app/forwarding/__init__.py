"""HOTLINE: what goes to 12345, how it gets there once, and what comes back."""
