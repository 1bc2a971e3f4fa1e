"""The progress bar of a transfer: nothing here needs a session."""

from tenfold.spark._frames.progress import TransferProgress


def test_rows_and_bytes_are_shown_once_a_transfer_takes_its_time(capsys):
    with TransferProgress(shown=True) as bar:
        bar.advance(1_000, 2_000_000)
        assert capsys.readouterr().err == ""
        bar._started -= 2
        bar.advance(1_000, 2_000_000)
    assert "from Spark: 2,000 rows, 4 MB" in capsys.readouterr().err


def test_nothing_is_shown_where_nobody_looks(capsys):
    with TransferProgress() as bar:
        bar._started -= 2
        bar.advance(1_000, 2_000_000)
    assert capsys.readouterr().err == ""
