"""Free parking spots: layout, occupancy in one picture, state over time, lot counts."""
