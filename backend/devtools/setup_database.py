"""The database part of `make setup` and `make migrate`."""

import sys

from config import env
from devtools import environment, stack


def main() -> None:
    """Run all migrations; with `--embedded-only` not on a database that DATABASE_URL names."""
    env.load_dotenv()
    is_embedded = env.find_text("DATABASE_URL") is None
    if not is_embedded and "--embedded-only" in sys.argv:
        return
    if is_embedded:
        environment.fill_in()
        environment.use_database()
    stack.manage(environment.child_environment(), "migrate", "--verbosity", "1")


if __name__ == "__main__":
    main()
