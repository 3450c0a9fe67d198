import pytest

from ocrkit import memory


def resident():
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[1])  # pages


@pytest.mark.skipif(memory._trim is None, reason="glibc alone keeps what was freed")
def test_what_was_freed_goes_back_to_the_system():
    kept = [bytes(100_000) for _ in range(1_000)]  # too small for a mapping of their own
    last = bytes(100_000)  # keeps the heap from shrinking by itself
    large = resident()
    del kept
    memory.give_back()
    assert large - resident() > 50_000_000 / 4096
    assert len(last) == 100_000
