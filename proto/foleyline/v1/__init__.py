"""Messages and stubs generated from `engine.proto`; `make proto` writes them anew."""
