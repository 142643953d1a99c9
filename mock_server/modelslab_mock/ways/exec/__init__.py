"""A command run so that the vendor's hosts are the emulator: contained in a namespace, or led by variables and preloads."""
