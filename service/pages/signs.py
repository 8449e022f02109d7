"""The signs by which pages tell states; never by colour alone."""

SIGNS = {"free": "○", "occupied": "■", "unknown": "?", "closed": "✕"}
