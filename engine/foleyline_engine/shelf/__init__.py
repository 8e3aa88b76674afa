"""The models on this machine's shelf: what they cost, how they get here, whether they are whole. Needs no torch."""
