"""The built-in separator: voiced stretches out, room tone of the same take over them."""
