"""Parsers of text that microscopes and their programs write, without files and network.

mdoc (SerialEM and Tomo5), the XML in an EER file, the XML that EPU writes beside a movie, the
titles that SerialEM writes into MRC and TIFF files, and depositors' words on a gain's orientation.
"""
