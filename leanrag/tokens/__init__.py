"""Token counting: exact for known tokenizers, an upper bound for unknown ones."""
