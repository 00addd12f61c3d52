"""Cost of a run against its number of movies (``make scale``)."""
