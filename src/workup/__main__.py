"""``python -m workup``: the command ``workup``, where scripts are not on the path."""

from workup.cli import main

if __name__ == "__main__":
    main()
