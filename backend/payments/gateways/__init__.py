"""What gateways are made of: the HTTP under Daraja's calls, its token, and the mock."""
