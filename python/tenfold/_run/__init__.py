"""Running requests: on the engine, here, in worker processes."""
