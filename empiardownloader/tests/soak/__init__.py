"""Endurance: the protocol under random faults, kills, stops and readers. ``make soak``."""
