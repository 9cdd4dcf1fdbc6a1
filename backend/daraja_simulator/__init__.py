"""Safaricom's side of the wire, a program of its own: it imports nothing from outside."""
