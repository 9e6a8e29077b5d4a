"""Documents to elements, a folder a family of formats."""
