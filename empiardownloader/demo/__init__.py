"""An EMPIAR archive in miniature, on this machine, with simulated movies.

`data` simulates movies and lays them out as EMPIAR does, `server` serves them over FTP and HTTP in
a process of its own, and `miniature_archive.MiniatureArchive` starts and controls that process.
"""
