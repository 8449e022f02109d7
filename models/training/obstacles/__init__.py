"""How the obstacle detector is made: data, teachers, training, export, figures."""
