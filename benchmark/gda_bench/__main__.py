"""`gda-bench` and `python -m gda_bench`."""

from gda_bench.cli.app import main

if __name__ == "__main__":
    main()
