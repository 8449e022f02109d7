"""Makes pictures of lots and tram lines whose every distance is known."""
