"""The engine: pictures and sound. It knows no timeline, no editor and no window."""
