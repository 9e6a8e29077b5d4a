"""Models that sentence-transformers, transformers and llmlingua run."""
