"""The built-in judge: voices in the sound, people in the picture, and the paper's rule over the two."""
