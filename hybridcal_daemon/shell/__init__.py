"""What a process needs around the actors: configuration, surfaces, signals, the composition root."""
