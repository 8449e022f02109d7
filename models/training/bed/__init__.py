"""The training of the bed network, which tells what stands on the bed of the own track."""
