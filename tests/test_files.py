import io
import os
import stat

import pytest

from ocrkit.files import PartFile, write_whole


def test_result_takes_the_place_at_once(tmp_path):
    target = tmp_path / "out"
    with PartFile(target) as part:
        part.path.write_bytes(b"new")
        assert not target.exists()
        part.deliver()
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_is_not_delivered_is_gone(tmp_path):
    target = tmp_path / "out"
    target.write_bytes(b"old")

    def interrupted():
        with PartFile(target) as part:
            part.path.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_mode_of_the_old_file_is_kept_and_a_new_one_has_the_users(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"")
    old.chmod(0o640)
    umask = os.umask(0o022)
    try:
        write_whole(old, b"x")
        write_whole(new, b"x")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o644


def test_link_stays_a_link(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_open_files_and_devices_are_written_to():
    out = io.BytesIO()
    write_whole(out, b"data")
    assert out.getvalue() == b"data"
    write_whole(os.devnull, b"data")
    assert not os.path.isfile(os.devnull)


def test_folder_and_missing_folder_are_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="name a file"):
        write_whole(tmp_path, b"")
    with pytest.raises(FileNotFoundError, match="make it first"):
        write_whole(tmp_path / "no" / "out", b"")
