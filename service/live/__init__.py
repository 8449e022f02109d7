"""What is known now: the hub, the state of each site, and the records that clients read."""
