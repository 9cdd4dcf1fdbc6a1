"""The yardstick `empty`: the product's server, settings and middlewares, with empty views."""
