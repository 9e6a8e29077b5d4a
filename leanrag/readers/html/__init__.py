"""HTML, and what becomes HTML: Markdown and what unstructured reads."""
