"""Spots drawn with other tools, read as outlines in px."""
