"""Whether two texts speak of the same matter. Pure."""
