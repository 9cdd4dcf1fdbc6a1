"""`make bench`: compares the product's speed with yardsticks, in one run on one machine.

The yardsticks are plain Django applications (bench/twin), views that do nothing (bench/empty), and
a minimal SQL function (bench/sql).
"""
