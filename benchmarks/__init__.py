"""Measures that are printed beside what they are compared with; `make bench` runs them all."""
