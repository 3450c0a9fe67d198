import logging
from importlib.metadata import EntryPoint

import pytest

import ocrkit
from ocrkit import DuplicateEngineError, EngineEntry, EngineSettings, UnknownEngineError, plugins
from ocrkit.hookspecs import hookimpl
from ocrkit.testing import EngineContract, FakeEngine


@pytest.fixture
def register():
    """Register plugins for one test: name and engine entries."""
    registered = []

    def add(name, *entries):
        class Plugin:
            @staticmethod
            @hookimpl
            def ocrkit_engines():
                return entries

        plugins.manager().register(Plugin, name)
        registered.append(name)

    yield add
    for name in registered:
        plugins.manager().unregister(name=name)


class TestFakeEngine(EngineContract):
    reads = False

    def make_engine(self):
        return FakeEngine()


def test_our_engine_comes_in_by_the_same_door():
    assert "tesseract" in ocrkit.engines()


def test_engine_of_a_plugin_is_listed_and_made(register):
    seen = []

    def create(settings):
        seen.append(settings)
        return FakeEngine()

    register("theirs", EngineEntry("theirs", create, "a stranger's"))
    assert ocrkit.engines()["theirs"].summary == "a stranger's"
    assert not seen
    settings = EngineSettings(languages=["deu"], page_timeout=3)
    assert isinstance(ocrkit.load_engine("theirs", settings), FakeEngine)
    assert seen == [settings]


def test_names_are_sorted(register):
    register("theirs", EngineEntry("zz", FakeEngine), EngineEntry("aa", FakeEngine))
    assert list(ocrkit.engines()) == sorted(ocrkit.engines())


def test_one_name_twice_fails_loudly(register):
    register("one", EngineEntry("same", FakeEngine))
    register("two", EngineEntry("same", FakeEngine))
    with pytest.raises(DuplicateEngineError, match=r"one and by two|two and by one"):
        ocrkit.engines()


def test_unknown_name_tells_which_are_known():
    with pytest.raises(UnknownEngineError, match="tesseract"):
        ocrkit.load_engine("no-such-engine")


def test_plugin_that_cannot_be_imported_is_left_out(monkeypatch, caplog):
    real = plugins.entry_points
    bad = EntryPoint("bad", "no_such_module_of_anybody", "ocrkit")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [bad, *real(group=group)])
    plugins._installed.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, "ocrkit"):
            assert "tesseract" in ocrkit.engines()
        assert [plugin.name for plugin in plugins.broken_plugins()] == ["bad"]
        assert "no_such_module_of_anybody" in plugins.broken_plugins()[0].reason
        assert "bad" in caplog.text
    finally:
        plugins._installed.cache_clear()


@pytest.mark.parametrize("name", ["", "Upper", "with space", "-dash"])
def test_names_are_lower_case_and_short(name):
    with pytest.raises(ValueError, match="name"):
        EngineEntry(name, FakeEngine)


def test_languages_as_one_string_are_refused():
    with pytest.raises(TypeError, match="not a string"):
        EngineSettings(languages="eng")


def test_engines_is_a_package_and_a_function_whatever_is_imported_first():
    import subprocess
    import sys

    for first in ("import ocrkit.engines.tesseract as t", "from ocrkit.engines import tesseract as t", "t = None"):
        code = f"{first}\nimport ocrkit\nassert 'tesseract' in ocrkit.engines()\nimport ocrkit.engines.tesseract as u"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_plugins_may_call_their_entry_points_alike(monkeypatch):
    real = plugins.entry_points

    class Distribution:
        name = "somebody-else"

    alike = EntryPoint("builtin", "tests.test_plugins:Alike", "ocrkit")
    object.__setattr__(alike, "dist", Distribution())
    monkeypatch.setattr(plugins, "entry_points", lambda group: [alike, *real(group=group)])
    plugins._installed.cache_clear()
    try:
        assert {"tesseract", "alike"} <= set(ocrkit.engines())
    finally:
        plugins._installed.cache_clear()


class Alike:
    @staticmethod
    @hookimpl
    def ocrkit_engines():
        return [EngineEntry("alike", FakeEngine)]


def test_plugin_that_breaks_when_asked_is_left_out(caplog):
    class Broken:
        @staticmethod
        @hookimpl
        def ocrkit_engines():
            raise RuntimeError("out of order")

    plugins.manager().register(Broken, "broken")
    try:
        with caplog.at_level(logging.WARNING, "ocrkit"):
            assert "tesseract" in ocrkit.engines()
        assert "out of order" in caplog.text
    finally:
        plugins.manager().unregister(name="broken")
