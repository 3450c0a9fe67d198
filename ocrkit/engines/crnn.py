"""Our own engine: extremal regions find the text, the Word Deep Net reads it, the Wordinator makes words of it.

Takes a page image, gives a page. Every stage can be replaced by an object of the user's that keeps its protocol.

References
----------
.. [1] B. Neuberg, "Creating a Modern OCR Pipeline Using Computer Vision and Deep Learning", Dropbox, 2017.
"""

from __future__ import annotations

import time

import attrs
import numpy as np
from attrs import validators

from ocrkit.checks import as_seconds, settings_of
from ocrkit.detect import DetectorSettings, MserDetector
from ocrkit.document import Page
from ocrkit.errors import EngineTimeoutError, EngineUnavailableError
from ocrkit.image import PageImage
from ocrkit.memory import give_back
from ocrkit.orient import OrienterSettings, TileOrienter
from ocrkit.pipeline import Pipeline
from ocrkit.recognize import CrnnRecognizer, RecognizerSettings
from ocrkit.spec import Detector, EngineSettings, Orienter, Recognizer, Wordinator
from ocrkit.threads import both
from ocrkit.wordinate import LexiconWordinator, WordinatorSettings

NAME = "ocrkit"
_CODES = (
    "afr bre cat ceb cos dan deu eng est eus fao fil fin fra fry gla gle glg hat ind isl ita jav lat ltz msa nld nor "
    "oci por que spa sqi sun swa swe"
)
LANGUAGES = frozenset(_CODES.split())
"""Languages, as Tesseract writes them, that do with the letters of the alphabet."""


@attrs.frozen(kw_only=True)
class CrnnSettings:
    """How our engine reads.

    Parameters
    ----------
    orienter : OrienterSettings
    detector : DetectorSettings
    recognizer : RecognizerSettings
    wordinator : WordinatorSettings
    page_timeout : float, optional
        Seconds that one page may take; looked at between the stages.
    """

    orienter: OrienterSettings = attrs.field(
        factory=OrienterSettings, validator=validators.instance_of(OrienterSettings)
    )
    detector: DetectorSettings = attrs.field(
        factory=DetectorSettings, validator=validators.instance_of(DetectorSettings)
    )
    recognizer: RecognizerSettings = attrs.field(
        factory=RecognizerSettings, validator=validators.instance_of(RecognizerSettings)
    )
    wordinator: WordinatorSettings = attrs.field(
        factory=WordinatorSettings, validator=validators.instance_of(WordinatorSettings)
    )
    page_timeout: float | None = attrs.field(default=None, validator=as_seconds)


class CrnnEngine:
    """Read pages with our own stages. May be called from several threads.

    Parameters
    ----------
    settings : CrnnSettings, optional
    orienter, detector, recognizer, wordinator : optional
        Stages to use instead of ours.

    Examples
    --------
    >>> import numpy as np
    >>> CrnnEngine().read(PageImage(pixels=np.full((60, 200), 255, np.uint8))).lines
    ()
    """

    def __init__(
        self,
        settings: CrnnSettings | None = None,
        *,
        orienter: Orienter | None = None,
        detector: Detector | None = None,
        recognizer: Recognizer | None = None,
        wordinator: Wordinator | None = None,
    ) -> None:
        self.settings = settings_of(settings, CrnnSettings)
        reader = CrnnRecognizer(self.settings.recognizer) if recognizer is None else recognizer
        # the experiment that made the net: what users must say when they report what was read wrongly
        self.version = reader.facts.experiment if isinstance(reader, CrnnRecognizer) else ""
        maker = LexiconWordinator(self.settings.wordinator) if wordinator is None else wordinator
        self._lexicon = maker.lexicon if isinstance(maker, LexiconWordinator) else None
        self.pipeline = Pipeline(
            MserDetector(self.settings.detector) if detector is None else detector,
            reader,
            maker,
            TileOrienter(self.settings.orienter) if orienter is None else orienter,
            threads=self.settings.detector.threads,
        )

    @classmethod
    def create(cls, settings: EngineSettings) -> CrnnEngine:
        """Make the engine as every engine is made.

        Raises
        ------
        EngineUnavailableError
            If it cannot write a language.
        """
        for language in settings.languages:
            if language not in LANGUAGES:
                raise EngineUnavailableError(
                    NAME,
                    f"it does not read the language {language!r}",
                    f"It reads {', '.join(sorted(LANGUAGES))}; choose the engine tesseract for others.",
                )
        return cls(
            CrnnSettings(
                detector=DetectorSettings(threads=settings.threads),
                recognizer=RecognizerSettings(threads=settings.threads),
                wordinator=WordinatorSettings(words=settings.words, patterns=settings.patterns),
                page_timeout=settings.page_timeout,
            )
        )

    def _load_words(self) -> None:
        if self._lexicon:
            self._lexicon.load()

    def read(self, image: PageImage, /) -> Page:
        """Read one page; see `ocrkit.spec.OcrEngine.read`."""
        if not isinstance(image, PageImage):
            raise TypeError(
                f"an engine reads a PageImage, not {type(image).__name__}; ocrkit.read takes whatever it can"
            )
        limit = self.settings.page_timeout
        deadline = time.monotonic() + limit if limit else None

        def check() -> None:
            if deadline is not None and limit is not None and time.monotonic() > deadline:
                raise EngineTimeoutError(NAME, limit)

        with np.errstate(under="ignore"):  # as it is unless the caller's program made it raise
            # the first page waits for words of the lexicon no longer than it must
            passage, _ = both(
                lambda: self.pipeline(image, between=check), self._load_words, self.settings.detector.threads
            )
        to_caller = passage.image.to_caller
        page = Page(
            lines=passage.lines if to_caller.is_identity else [line.mapped(to_caller) for line in passage.lines],
            size=image.caller_size,
            dpi=image.dpi,
            rotation=passage.rotation,
            index=image.index,
            timings=passage.timings,
        )
        del passage  # its windows are pixels
        give_back()
        return page
