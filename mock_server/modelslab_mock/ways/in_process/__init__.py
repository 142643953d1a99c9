"""The vendor's hosts answered inside a client's own process, and its time tied to the emulator's clock."""
