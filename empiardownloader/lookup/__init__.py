"""From an entry's id to the files to download."""
