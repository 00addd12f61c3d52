"""The miniature archive's servers."""
