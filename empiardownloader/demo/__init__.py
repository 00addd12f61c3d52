"""An EMPIAR archive in miniature, on this machine, with simulated movies.

`movies` simulates them, `entries` lays them out as EMPIAR does, `server` serves them over FTP and
HTTP in a process of its own, and `archive.MiniatureArchive` starts and steers that process.
"""
