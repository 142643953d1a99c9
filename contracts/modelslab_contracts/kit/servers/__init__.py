"""Servers, tried with drawn requests over HTTP and judged by a contract; check_client's counterpart.

probes (what is sent) → drive (a whole job) → visit (what came of it) → judge → sweep → reduce → report. It asks for something
that carries requests (`line`) and knows of no server in particular.
"""
