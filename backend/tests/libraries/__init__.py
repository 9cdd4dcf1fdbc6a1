"""Other people's M-Pesa libraries against the simulator, as `devtools.libraries` installed both."""
