import math

import numpy as np
import pytest

from ocrkit.document import Word
from ocrkit.geometry import Quad
from ocrkit.wordinate import Lexicon
from ocrkit.wordinate.weighing import hints


def test_what_the_net_thinks_wrong_has_a_slope_of_its_own():
    words = [Word(text=text, quad=Quad.from_bounds(0, 0, 9, 9), confidence=0.5) for text in ("total", "qzx", "7")]
    table = hints(words, np.array([0.9, 0.2, 0.5]), Lexicon(), 1.5)
    assert table[:, 8] == pytest.approx([0, math.log(4), 0])
    assert table[:, 1] == pytest.approx([math.log(9), -math.log(4), 0])
    assert table[:, 2:4].tolist() == [[1, 0], [0, 0], [0, 1]]
