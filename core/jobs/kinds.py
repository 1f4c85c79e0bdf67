"""The kinds of runs there are, and the lane each waits in.

Procedures are named, not imported, so that the web process stays light.
"""

from dataclasses import dataclass

from core.errors import NotFound


@dataclass(frozen=True)
class Kind:
    """title: for people; lane: where it queues; function: `work(run) -> result` as "module:name"."""

    title: str
    lane: str
    function: str


@dataclass(frozen=True)
class Lane:
    """One run at a time. warm: modules that a spare worker imports while it waits, so that a click need not; rehearsal:
    what it does then, `rehearse(workspace)` as "module:name", for what is loaded with use only. As soon as the spare
    takes a run, the next one gets ready. grace_seconds: how long a cancelled run may take to stop by itself; a study
    has nothing to put in order and is simply ended. own_threads: the procedure deals its work out to threads itself, so
    that matrix products get one each: two threads on small matrices mostly wait for each other."""

    warm: tuple[str, ...] = ()
    rehearsal: str | None = None
    niceness: int = 0
    grace_seconds: float = 8.0
    own_threads: bool = False


KINDS = {
    "import": Kind("Import", "import", "core.events.import_job:work"),
    "fetch": Kind("Fetching rows", "import", "core.storage.fetch:work"),
    "clean": Kind("Cleaning", "import", "core.events.cleaning.clean:work"),
    "preview": Kind("Preview", "light", "core.events.cleaning.preview:work"),
    "forget": Kind("Forgetting users", "import", "core.events.privacy.forget:work"),
    "quality": Kind("Quality", "light", "core.events.quality.assess:work"),
    "features": Kind("Features", "light", "core.events.features.export:work"),
    "demo": Kind("Demo log", "import", "core.events.demo.run:work"),
    "what_if": Kind("What if", "study", "core.graphs.what_if.run:work"),
    "discover": Kind("Discovery", "study", "core.graphs.discovery.run:work"),
    "check_graph": Kind("Graph check", "light", "core.graphs.check.check:work"),
    "screen": Kind("Causal screen", "study", "core.effects.screen.screen:work"),
    "study": Kind("Study", "study", "core.effects.study:work"),
    "benefits": Kind("Who benefits", "study", "core.effects.benefits.run:work"),
    "train": Kind("Training", "training", "core.recommenders.train:work"),
}
LANES = {
    "import": Lane(),
    "light": Lane(own_threads=True),
    "study": Lane(("core.effects.study",), "core.effects.rehearsal:rehearse", grace_seconds=0.5, own_threads=True),
    "training": Lane(niceness=10),
}


def kind_of(name: str) -> Kind:
    """The kind of that name; raises NotFound."""
    if name not in KINDS:
        raise NotFound(f"There is no kind of run '{name}'; the kinds are {', '.join(KINDS)}.")
    return KINDS[name]
