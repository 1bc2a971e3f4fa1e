"""Work on groups: a model a key, and functions of the user on every group."""
