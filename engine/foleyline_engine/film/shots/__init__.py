"""The film's shots, one a file: `frames`, `contacts` (frames), `backdrop()` and `draw(image, frame)`."""
