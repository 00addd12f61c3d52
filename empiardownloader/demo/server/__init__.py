"""FTP and HTTP servers of the miniature archive."""
