"""Site files: read, checked, and turned into what the service works with."""
