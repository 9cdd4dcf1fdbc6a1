"""The floor: the product's server, settings and middlewares with views that do nothing."""
