import threading

import pytest

from ocrkit.threads import at_once, both


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("many", [0, 1, 2, 20])
def test_results_keep_the_order_of_the_things(threads, many):
    assert at_once(lambda n: n * n, range(many), threads) == [n * n for n in range(many)]


def test_the_caller_works_too_and_no_thread_stays():
    before = threading.active_count()
    together = threading.Barrier(3, timeout=60)  # breaks unless three threads come

    def name(_):
        together.wait()
        return threading.current_thread()

    workers = at_once(name, range(3), 3)
    assert threading.current_thread() in workers
    assert len(set(workers)) == 3
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("broken", [0, 1, 7])
def test_what_a_call_raises_is_raised(threads, broken):
    def breaks(number):
        if number == broken:
            raise ValueError(f"thing {number}")
        return number

    with pytest.raises(ValueError, match=f"thing {broken}"):
        at_once(breaks, range(8), threads)


def test_errors_of_helpers_reach_the_caller():
    caller = threading.current_thread()
    together = threading.Barrier(2, timeout=60)

    def breaks(_):
        together.wait()
        if threading.current_thread() is not caller:
            raise OSError("in a helper")

    with pytest.raises(OSError, match="in a helper"):
        at_once(breaks, range(2), 2)


def test_nothing_is_begun_after_an_error():
    begun = []

    def breaks(number):
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match=r"0|1"):
        at_once(breaks, range(100), 2)
    assert len(begun) <= 2


@pytest.mark.parametrize("threads", [1, 2])
def test_both_are_done_and_what_one_raises_is_raised(threads):
    caller = threading.get_ident()
    assert both(threading.get_ident, lambda: "other", threads) == (caller, "other")
    done = []
    with pytest.raises(ZeroDivisionError):
        both(lambda: done.append(1), lambda: 1 / 0, threads)
    assert done == [1]
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1 / 0, lambda: None, threads)


def test_what_is_called_at_once_shares_the_helpers():
    alive = []

    def nested(_):
        alive.append(threading.active_count())
        return at_once(lambda n: alive.append(threading.active_count()) or n, range(20), 2)

    before = threading.active_count()
    results = both(lambda: at_once(nested, range(4), 2), lambda: nested(0), 2)
    assert results == ([list(range(20))] * 4, list(range(20)))
    assert max(alive) <= before + 1
    assert threading.active_count() == before


def test_a_busy_helper_is_not_waited_for_by_who_is_done():
    release = threading.Event()
    found = []

    def one():
        found.extend(at_once(lambda n: n, range(5), 2))  # the helper waits for this to be done
        release.set()

    both(one, lambda: release.wait(60), 2)
    assert found == list(range(5))
    assert release.is_set()


def test_after_an_error_helpers_are_lent_again():
    with pytest.raises(ZeroDivisionError):
        both(lambda: at_once(lambda n: 1 / n, [1, 0], 2), lambda: None, 2)
    assert at_once(lambda n: n, range(3), 2) == [0, 1, 2]
