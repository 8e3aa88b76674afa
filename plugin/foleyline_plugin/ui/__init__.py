"""The panel's widgets. What they show and ask for is the desk's; nothing here reads a file or waits for the engine."""
