"""Trains the squeezer: the token classifier that says which words of a sentence can go."""
