"""What staff are told, and how: the desk's own list first."""
