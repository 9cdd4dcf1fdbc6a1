"""Attacks from outside, over HTTP: none moves money, none breaks the server."""
