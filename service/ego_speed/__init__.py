"""How fast the tram itself runs: read beside a clip, from the vehicle or from satellites."""
