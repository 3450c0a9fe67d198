from benchmarks import soak


def test_every_good_page_of_faulty_documents_comes_through_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(soak, "_DEADLINE", 3.0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = soak.soak(80, tmp_path)  # each fault twice: once while a PDF is written, once while pages are read
    assert result.refused == 1  # on a full disk
    assert (result.right, result.marked, result.wrong) == (64, 6, 0)
    assert (result.threads, result.files) == ([], [])
