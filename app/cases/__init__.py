"""HEART: reports, the case they become, its life and its history."""
