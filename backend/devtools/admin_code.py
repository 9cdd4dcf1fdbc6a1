"""`make admin-code`: the second factor of the demo operator of `make run`.

It prints the one-time code that an authenticator app would show.
"""

from devtools import environment, stack

OPERATOR = "0700000001"


def main() -> None:
    """Print the code that is valid now; the management command refuses without DEBUG."""
    environment.fill_in()
    environment.use_database()
    stack.manage(environment.child_environment(), "second_factor", OPERATOR, "--code")


if __name__ == "__main__":
    main()
