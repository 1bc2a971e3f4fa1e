"""Work that candidates share without a learner of the engine's."""
