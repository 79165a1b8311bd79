"""SAYING IT: ready sentences that staff choose from when they tell a resident something."""
