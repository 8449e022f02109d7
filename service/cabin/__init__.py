"""What a driver's display is sent and answers, and what is kept around alerts."""
