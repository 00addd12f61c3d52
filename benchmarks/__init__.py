"""Speed of the transfer beside that of common downloaders (``make bench``)."""
