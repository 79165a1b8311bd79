"""MAY: who acts, what a role may do, and the log of who did and saw what."""
