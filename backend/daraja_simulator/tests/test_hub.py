"""Listeners that fall behind."""

import asyncio

from daraja_simulator.hub import END, QUEUE_SIZE, Hub


def test_a_slow_listener_gets_one_event_to_load_everything_again() -> None:
    async def overflow() -> tuple[int, str]:
        hub = Hub()
        queue = hub.listen()
        for number in range(QUEUE_SIZE + 1):
            hub.publish("wire", {"number": number})
        left, event = queue.qsize(), queue.get_nowait()
        hub.leave(queue)
        hub.publish("wire", {})
        return left, event

    assert asyncio.run(overflow()) == (1, "event: reload\ndata: {}\n\n")


def test_all_listeners_are_ended_at_the_end() -> None:
    async def end() -> str:
        hub = Hub()
        queue = hub.listen()
        for number in range(QUEUE_SIZE):
            hub.publish("wire", {"number": number})
        hub.close()
        return queue.get_nowait()

    assert asyncio.run(end()) == END


def test_the_others_are_not_disturbed() -> None:
    async def two() -> str:
        hub = Hub()
        hub.listen()
        for number in range(QUEUE_SIZE):
            hub.publish("wire", {"number": number})
        quick = hub.listen()
        hub.publish("wire", {"number": "last"})
        return quick.get_nowait()

    assert '"last"' in asyncio.run(two())
