"""Benchmarks: speed, memory and quality against named peers; each module is a program."""
