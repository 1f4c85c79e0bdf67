"""Discovery: which edges the data suggest. Suggestions with a stability each, never facts.

Methods are files here, `search(input, settings) -> Search` (contract.py). To add one, write it and name it below;
run.py draws bootstrap samples, compares methods and says why it switched.
"""

from dataclasses import dataclass
from typing import Literal

from core.graphs.discovery.table_settings import BossSettings, FciSettings, LingamSettings, PcSettings
from core.graphs.discovery.time_settings import GrangerSettings, HawkesSettings
from core.specs import Choice


@dataclass(frozen=True)
class Discoverer(Choice):
    """needs: a table of variables, series over time, or the raw events of a log. seconds: "module:name" of
    `seconds(rows, columns) -> float`, what one run costs on one core."""

    needs: Literal["table", "series", "events"] = "table"
    seconds: str = ""


DISCOVERERS: dict[str, Discoverer] = {
    "boss": Discoverer(
        "Best order (BOSS)",
        "core.graphs.discovery.boss:search",
        "The graph whose score is best, by moving variables in an order; the default, also for categories.",
        BossSettings,
        seconds="core.graphs.discovery.boss:seconds",
    ),
    "pc": Discoverer(
        "Tests of independence (PC)",
        "core.graphs.discovery.pc:search",
        "Edges that nothing else explains away, arrows where two causes meet; more careful, less accurate than BOSS.",
        PcSettings,
        seconds="core.graphs.discovery.pc:seconds",
    ),
    "fci": Discoverer(
        "Hidden causes (FCI)",
        "core.graphs.discovery.fci:search",
        "As PC, but where hidden common causes are possible: it says which arrows survive them.",
        FciSettings,
        seconds="core.graphs.discovery.fci:seconds",
    ),
    "lingam": Discoverer(
        "Non-normal noise (LiNGAM)",
        "core.graphs.discovery.lingam:search",
        "Every direction, from the shape of the noise; only for numbers whose noise is not normal, which is tested.",
        LingamSettings,
        seconds="core.graphs.discovery.lingam:seconds",
    ),
    "granger": Discoverer(
        "Granger causality",
        "core.graphs.discovery.granger:search",
        "Whose past helps to forecast whom, among series over time; its edges say what precedes what.",
        GrangerSettings,
        "series",
        "core.graphs.discovery.granger:seconds",
    ),
    "var_lingam": Discoverer(
        "Granger and LiNGAM (VAR-LiNGAM)",
        "core.graphs.discovery.var_lingam:search",
        "What precedes what over time, and what causes what within a step; only where the noise is not normal.",
        GrangerSettings,
        "series",
        "core.graphs.discovery.var_lingam:seconds",
    ),
    "hawkes": Discoverer(
        "Hawkes process",
        "core.graphs.discovery.hawkes:search",
        "Which event type makes which other likelier for a while, beyond the user's own rate and the hour of the week.",
        HawkesSettings,
        "events",
        "core.graphs.discovery.hawkes:seconds",
    ),
}
