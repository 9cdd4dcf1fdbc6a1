"""Parts of the gateways: HTTP to Daraja, its access token, limits on pushes, and the mock
gateway."""
