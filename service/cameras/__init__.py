"""One worker per camera, and the mission that it runs on every picture."""
