"""Questions asked of a language model, and its answers."""
