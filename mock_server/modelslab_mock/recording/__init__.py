"""Between a client and a real server: what passes is recorded without its keys, judged, and played back later."""
