"""Daraja's access token."""

from payments.daraja import oauth


class TestIssuedToken:
    def test_the_token_is_not_shown(self) -> None:
        token = oauth.IssuedToken(access_token="c9SQxW", expires_in_s=1)

        assert "c9SQxW" not in repr(token)
