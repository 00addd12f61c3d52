"""Contents of a downloaded file: header, compression, and whether a gain reference fits."""
