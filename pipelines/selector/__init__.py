"""Trains the selector: data, vocabulary, model, training, export."""
