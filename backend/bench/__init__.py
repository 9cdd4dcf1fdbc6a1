"""`make bench`: how fast the product is beside its yardsticks, in one run on one machine."""
