"""Text basics shared by all stages: terms, sentences, languages, hashes."""
