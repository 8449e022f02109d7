"""How the parking occupancy network was made: patches, weather, network, fit, folds, export."""
