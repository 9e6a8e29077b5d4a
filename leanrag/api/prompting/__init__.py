"""A question's way to its evidence, and on to the messages."""
