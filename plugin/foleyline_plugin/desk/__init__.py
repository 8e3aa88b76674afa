"""What the panel works at, without a window: what is open, what is asked for, the queue, the engine's lamp.

One thread with one event loop does all of it; the window gives commands, which return at once, and is told what
happens.
"""
