"""Real processes, killed without warning, and the simulator's book afterwards."""
