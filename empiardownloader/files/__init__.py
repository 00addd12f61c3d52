"""Finds movies, gain references and other files in an EMPIAR entry, by their names alone.

Nothing here opens a connection: a RemoteTree is given a function that lists one folder.
"""
