"""A simulator of Daraja and M-Pesa: a separate program that imports none of the product's code."""

__version__ = "0.1.0"
