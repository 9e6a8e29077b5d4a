"""The pipelines that a suite compares, behind one contract."""
