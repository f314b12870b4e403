"""One module or package for each outside thing."""
