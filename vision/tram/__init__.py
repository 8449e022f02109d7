"""Obstacles ahead of a tram: envelope, range, braking, alert life cycle."""
