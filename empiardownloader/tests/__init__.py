"""Tests in real Scipion projects, for ``scipion3 tests`` and pytest; pure ones are in ``pure``."""
