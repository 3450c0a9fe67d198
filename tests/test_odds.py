import numpy as np
import pytest

from ocrkit.odds import chance_of


@pytest.mark.filterwarnings("error")
def test_log_odds_of_any_size_have_a_probability():
    assert chance_of(np.array([-1e6, 0.0, np.log(3.0), 1e6])) == pytest.approx([0, 0.5, 0.75, 1], abs=1e-12)
