"""What a lane's worker does for one call: blocking work between ports, without actors and without state."""
