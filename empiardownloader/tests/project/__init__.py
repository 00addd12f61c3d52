"""Tests that run protocols in real Scipion projects."""
