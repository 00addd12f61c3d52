"""The version, in its own module so that a build can read it without importing Scipion."""

__version__ = "1.0.0"
