"""The side panel "Why": a take heard against its picture, its verdict, and what the editor makes of it."""
