"""Clients that are programs, handed over to be checked: played to over loopback, with their time tied where that can be."""
