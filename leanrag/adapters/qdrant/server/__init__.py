"""A Qdrant server: a store that is a URL."""
