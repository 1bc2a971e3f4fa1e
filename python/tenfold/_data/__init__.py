"""One data set as learners see it: X in a form of the engine's, y, splits as row numbers."""
