"""How fast the kit is, beside the ways it is compared with: `make bench`, or `python -m benchmarks --help`."""
