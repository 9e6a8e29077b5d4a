"""What measures leanrag itself: suites, loaders of single data sets, benchmarks, figures."""
