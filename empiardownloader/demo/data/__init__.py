"""Contents of the miniature archive."""
