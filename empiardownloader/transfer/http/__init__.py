"""Transport over HTTP and HTTPS."""
