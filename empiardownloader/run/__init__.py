"""One run: its request, its state on disk, its work and its report."""
