"""How the track network was made: scenes painted and rendered, training, export, figures."""
