"""WHO: accounts of the people who work here."""
