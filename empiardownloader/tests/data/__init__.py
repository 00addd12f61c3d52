"""Simulated entries and files that only tests and benchmarks look at."""
