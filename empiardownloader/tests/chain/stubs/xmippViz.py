"""Xmipp's viewers, which scipion-em-xmipp imports beside ``xmipp_base``; none is needed here."""
