"""How the networks that ship were made: data, training, export, figures."""
