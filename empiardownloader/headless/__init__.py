"""A Scipion project without a window: for the command line, the demo and the tests."""
