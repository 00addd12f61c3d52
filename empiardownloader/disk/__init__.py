"""The local disk: durable and atomic writes, locks, space, safe paths."""
