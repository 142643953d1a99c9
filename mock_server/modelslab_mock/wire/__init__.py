"""The only room that knows the HTTP library: bytes in, one buffered write out, delays and resets."""
