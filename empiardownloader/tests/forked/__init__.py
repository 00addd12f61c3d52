"""Processes of Scipion that are forked from one that has loaded all it needs, instead of started.

To load Scipion takes two seconds of a processor, and the tests start some hundred runs.
"""
