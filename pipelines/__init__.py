"""Scripts that train the models that ship, and ready configurations."""
