"""Token cost against answer quality."""
