"""What the miniature archive contains."""
