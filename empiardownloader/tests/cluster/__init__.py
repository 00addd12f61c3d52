"""The protocol on a queue: a real Slurm of one node."""
