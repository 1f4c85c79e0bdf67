"""The real logs that are shipped with the code, each with where it comes from and on what terms."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "data" / "sample"


@dataclass(frozen=True)
class SampleFile:
    """name: what the log is called; notice: source and terms in a sentence; mapping: the columns' roles."""

    name: str
    path: Path
    notice: str
    mapping: dict[str, str]


def example_file() -> Path:
    """Twenty events as a CSV file, to show what a log looks like."""
    return FOLDER / "example.csv"


def sample_files() -> list[SampleFile]:
    """The shipped samples that are really there (a clone may leave data out); their notices in full: NOTICE.md."""
    shipped = [
        SampleFile(
            name="Online Retail (UCI)",
            path=FOLDER / "online_retail_uci.parquet",
            notice=(
                "541,909 invoice lines of a UK gift shop, December 2010 to December 2011. Chen, Sain and Guo (2012), "
                "UCI Machine Learning Repository, CC BY 4.0; re-encoded as Parquet, otherwise unchanged."
            ),
            mapping={
                "user_id": "CustomerID",
                "item_id": "StockCode",
                "timestamp": "InvoiceDate",
                "text": "Description",
                "value": "UnitPrice",
            },
        )
    ]
    return [sample for sample in shipped if sample.path.is_file()]
