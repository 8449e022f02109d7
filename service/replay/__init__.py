"""Recorded clips run through a mission: the same answer every time."""
