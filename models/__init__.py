"""Which networks there are, and how one is run."""
