"""The numbered pictures' size, for those who make them and those who read them."""

width, height, bars = 144, 32, 9
