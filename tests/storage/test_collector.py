"""The collector of garbage rests as long as anybody asks it to."""

import gc

from storage.collector import Collector


def test_who_is_done_first_does_not_wake_it_for_the_others() -> None:
    collector = Collector()
    with collector.rests():
        with collector.rests():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()
