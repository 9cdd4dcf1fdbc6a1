"""The fault-injection run (`python -m chaos`): deposits while M-Pesa and our processes fail.

Product code never imports it; devtools and bench reuse parts of it.
"""
