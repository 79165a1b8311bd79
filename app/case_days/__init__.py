"""SATURDAY: the day's list, the visits, the closing, the hold."""
