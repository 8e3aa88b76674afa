"""Measures of the built-in models on real material."""
