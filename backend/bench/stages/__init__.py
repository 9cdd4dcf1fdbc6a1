"""The stages of a run: each module measures one request or one property.

T1, T2 and so on are the targets in bench/targets.py.
"""
