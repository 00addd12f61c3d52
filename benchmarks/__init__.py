"""How fast the transfer is, side by side with the downloaders that people use (``make bench``)."""
