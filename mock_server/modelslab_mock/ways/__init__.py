"""Ways in: how a program that was not written for it gets onto the emulator."""
