"""The kit: what is drawn to try a client with. Nothing outside asks for it before it is needed."""
