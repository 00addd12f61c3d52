"""Asking a server: errors and retries."""
