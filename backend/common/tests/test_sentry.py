"""Events sent to Sentry hold no personal data and no secret."""

from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.utils import current_stacktrace, event_from_exception

from common import sentry

DSN = "https://key@errors.example/1"


class KeptTransport(Transport):
    """Keeps what would be sent."""

    sent: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        """Keep one envelope."""
        self.sent.append(envelope.get_event())


def _break(typed: str) -> None:
    """Raise one exception from another, each from a frame that knows what was typed."""
    try:
        {"typed": typed}["password"]
    except KeyError as error:
        raise LookupError from error


class TestStart:
    def test_without_address_nothing_starts(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.SENTRY_DSN = None
        monkeypatch.setattr(sentry_sdk, "init", lambda **_: pytest.fail("started"))

        sentry.start()

    def test_with_address_it_starts_masked(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.SENTRY_DSN = DSN
        given: dict[str, Any] = {}
        monkeypatch.setattr(sentry_sdk, "init", lambda **options: given.update(options))

        sentry.start()

        assert given["dsn"] == DSN
        assert given["data_collection"]["user_info"] is False
        assert given["data_collection"]["stack_frame_variables"] is False
        assert given["environment"] == "mock"


class TestEvents:
    def test_an_exception_leaves_masked(self) -> None:
        options = sentry.options(DSN)
        client = sentry_sdk.Client(**options, transport=KeptTransport, default_integrations=False)
        error = ValueError("no user 0712345678 passkey=s3cret")
        event, hint = event_from_exception(error, client_options=client.options)
        KeptTransport.sent = []

        client.capture_event(event, hint)

        (event,) = KeptTransport.sent
        assert event["exception"]["values"][0]["type"] == "ValueError"
        assert "345678" not in str(event)
        assert "s3cret" not in str(event)
        client.close()

    @pytest.mark.parametrize("is_kept", [False, True], ids=["ours", "with the option on"])
    def test_local_variables_of_every_frame_stay_here(self, is_kept: bool) -> None:
        options = sentry.options(DSN)
        if is_kept:  # so that a new SDK that writes them elsewhere fails here
            options["data_collection"]["stack_frame_variables"] = True
        client = sentry_sdk.Client(**options, transport=KeptTransport, default_integrations=False)
        KeptTransport.sent = []
        # Put together here: the events have the lines of code around each frame.
        typed = "-".join(["horse", "battery"])

        with sentry_sdk.new_scope() as scope:
            scope.set_client(client)
            try:
                _break(typed)
            except LookupError:
                scope.capture_exception()
            scope.capture_event({"threads": {"values": [{"stacktrace": current_stacktrace()}]}})

        raised, told = KeptTransport.sent
        frames = raised["exception"]["values"][0]["stacktrace"]["frames"]
        frames += raised["exception"]["values"][1]["stacktrace"]["frames"]
        assert "_break" in {frame["function"] for frame in frames}
        for event in (raised, told):
            assert ("horse-battery" in str(event)) is is_kept
            assert ("'vars'" in str(event)) is is_kept
        client.close()

    def test_of_a_request_only_its_address_is_sent_to_sentry(self) -> None:
        request = {
            "url": "http://x/api/payments/callback/s3cret/", "method": "POST",
            "headers": {"Authorization": "Token x"}, "cookies": {"sessionid": "x"},
            "data": {"pin": 1}, "query_string": "phone=1", "env": {},
        }  # fmt: skip

        event = sentry.mask_event({"event_id": "12712345678a" * 2, "request": request}, {})

        assert event == {
            "event_id": "12712345678a" * 2,
            "request": {"url": "http://x/api/payments/callback/[token]/", "method": "POST"},
        }

    def test_a_breadcrumb_is_masked(self) -> None:
        crumb = {"message": "POST /api/payments/callback/s3cret/", "data": {"token": "x"}}

        assert sentry.mask_breadcrumb(crumb, {}) == {
            "message": "POST /api/payments/callback/[token]/",
            "data": {"token": "[masked]"},
        }

    def test_an_event_without_request_or_id_is_fine(self) -> None:
        assert sentry.mask_event({"message": "0712345678"}, {}) == {"message": "2547****5678"}
