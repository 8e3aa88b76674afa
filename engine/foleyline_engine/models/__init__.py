"""The models of the four steps, a package each. They are handed frames and samples, never files."""
