"""The built-in generator: looks at the picture, finds what wants a sound, and synthesizes it."""
