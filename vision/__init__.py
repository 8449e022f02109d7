"""The core: arrays in, results out. No clock, file, thread or socket."""
