"""Files to frames and samples, and samples to files."""
