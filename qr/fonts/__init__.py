"""The two committed fonts, and (in `build`) how they are made."""
