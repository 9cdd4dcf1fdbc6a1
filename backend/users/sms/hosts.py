"""The addresses of Africa's Talking; apart, because the settings read them before any app is."""

LIVE_URL = "https://api.africastalking.com"
SANDBOX_URL = "https://api.sandbox.africastalking.com"
