"""Transport over FTP."""
