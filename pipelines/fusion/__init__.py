"""Fits how the two sides of the search are weighed for each question."""
