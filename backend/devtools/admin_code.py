"""`make admin-code`: a code for the demo operator of `make run`, in place of an app on a phone."""

from devtools import environment, stack

OPERATOR = "0700000001"


def main() -> None:
    """Print a code that works now. Refused without DEBUG."""
    environment.fill_in()
    environment.use_database()
    stack.manage(environment.child_environment(), "second_factor", OPERATOR, "--code")


if __name__ == "__main__":
    main()
