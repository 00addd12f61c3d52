"""Downloads of many files over several connections."""
