"""
@article{Iudin2023,
title = "EMPIAR: the Electron Microscopy Public Image Archive",
author = "Iudin, A. and Korir, P. K. and Somasundharam, S. and Weyand, S. and Cattavitello, C. and Fonseca, N. and Salih, O. and Kleywegt, G. J. and Patwardhan, A.",
journal = "Nucleic Acids Research",
volume = "51",
number = "D1",
pages = "D1503--D1511",
year = "2023",
doi = "https://doi.org/10.1093/nar/gkac1062"
}
"""  # noqa: E501
