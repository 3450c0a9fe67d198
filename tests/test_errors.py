import inspect
import pickle

import pytest

import ocrkit
from ocrkit import errors

EXAMPLES = [
    errors.UnreadableImageError("scan.jpg", "it is damaged; save it again"),
    errors.UnreadablePdfError("scan.pdf", "it is damaged; save it again"),
    errors.EncryptedPdfError("scan.pdf", "wrong"),
    errors.SignedPdfError("scan.pdf"),
    errors.LimitExceededError("scan.pdf", "pages", 11, 10),
    errors.UnknownEngineError("mine", ("tesseract",)),
    errors.DuplicateEngineError("mine", ("one", "two")),
    errors.EngineUnavailableError("mine", "no data", "Install it with: apt"),
    errors.EngineFailedError("mine", "crashed"),
    errors.EngineTimeoutError("mine", 2.5),
    errors.ModelError("word.tflite", "too old"),
    errors.ExportError("no page"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_errors_survive_pickling_with_their_facts(error):
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (str(back), vars(back)) == (str(error), vars(error))


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_messages_are_one_line(error):
    assert str(error)
    assert "\n" not in str(error)


def test_every_error_is_exported_and_of_our_tree():
    ours = {n: c for n, c in vars(errors).items() if inspect.isclass(c) and issubclass(c, Exception)}
    for name, kind in ours.items():
        assert issubclass(kind, errors.OcrKitError)
        assert getattr(ocrkit, name) is kind


def test_limit_error_names_number_limit_and_remedy():
    message = str(errors.LimitExceededError("a.png", "pixels", 1_000_000, 10))
    assert "1,000,000 pixels" in message
    assert "Limits(pixels=" in message
    assert "--max-pixels" in message
