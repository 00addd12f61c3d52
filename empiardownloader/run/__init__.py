"""One run: what it was asked for, keeps, does and reports."""
