"""Classic graphs to learn from: each with its lesson, and what adjusting does in it.

Sources: Pearl (2009), Causality, chapters 3 and 6; Hernán and Robins (2020), What If, chapters 6 to 8 and 20; Elwert
and Winship (2014) on colliders; Brito and Pearl (2002) on conditional instruments. The words and the stories are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.graphs.causal_graph import CausalGraph, Node


@dataclass(frozen=True)
class Lesson:
    """A graph in one line ("intent>search search>buy"), its lesson, and what adjusting does.

    question: (treatment, outcome). roles: {node: role} of what is unmeasured, randomised or selected.
    tiers: {node: tier} where time is part of the lesson.
    """

    title: str
    lesson: str
    adjusting: str
    arrows: str
    question: tuple[str, str]
    roles: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)

    def graph(self) -> CausalGraph:
        """The graph, nodes in the order they are first named."""
        edges = [(source, target) for source, target in (arrow.split(">") for arrow in self.arrows.split())]
        stated = {**self.roles, self.question[0]: "treatment", self.question[1]: "outcome"}
        names = dict.fromkeys(name for edge in edges for name in edge)
        nodes = (Node(name, (stated[name],) if name in stated else (), self.tiers.get(name)) for name in names)
        return CausalGraph(tuple(nodes), tuple(edges))


TEXTBOOK: Final[dict[str, Lesson]] = {
    "confounding": Lesson(
        "Confounding",
        "Those who search came with a purpose, and the purpose alone makes some of them buy. A difference between "
        "searchers and others mixes both.",
        "Adjusting for intent compares people of the same intent, and what is left is the effect.",
        "intent>search intent>buy search>buy",
        ("search", "buy"),
    ),
    "hidden_cause": Lesson(
        "A hidden common cause",
        "The same picture, but nobody recorded the intent. No amount of data tells the effect from the difference "
        "between people.",
        "There is nothing to adjust for; measure the cause or a stand-in, or experiment.",
        "intent>search intent>buy search>buy",
        ("search", "buy"),
        {"intent": "unmeasured"},
    ),
    "experiment": Lesson(
        "An experiment",
        "A coin decides who sees the banner, so no cause of buying can also be a cause of the banner. The plain "
        "difference is the effect.",
        "Nothing needs adjusting; holding intent fixed only makes the interval narrower.",
        "banner>buy intent>buy",
        ("banner", "buy"),
        {"banner": "randomised"},
    ),
    "mediation": Lesson(
        "Mediation",
        "A coupon works partly because it brings people back, and the visits make them spend. The visits are part of "
        "what the coupon did.",
        "Adjusting for visits takes that part away: what remains is only the direct effect.",
        "coupon>visits visits>spending coupon>spending",
        ("coupon", "spending"),
    ),
    "mediator_with_cause": Lesson(
        "A mediator with a hidden cause",
        "The wish to spend makes people visit and spend, whether or not they have a coupon. The total effect of the "
        "coupon is clean, its direct effect is not.",
        "Adjusting for visits removes part of the effect and, worse, ties the coupon to the hidden wish.",
        "coupon>visits visits>spending coupon>spending wish>visits wish>spending",
        ("coupon", "spending"),
        {"wish": "unmeasured", "coupon": "randomised"},
    ),
    "collider": Lesson(
        "A collider",
        "People call support because of the newsletter, and people call because of what they bought. Among callers, "
        "one reason speaks against the other.",
        "Adjusting for the call opens a path that is closed without it, and makes an effect out of nothing.",
        "newsletter>support_call purchase>support_call newsletter>purchase",
        ("newsletter", "purchase"),
    ),
    "m_bias": Lesson(
        "M-bias",
        "Something that comes first is not always safe: this score is the common effect of two hidden causes. It moves "
        "neither treatment nor outcome.",
        "Without any adjustment the answer is right; adjusting for the score makes it wrong.",
        "taste>score taste>search budget>score budget>buy search>buy",
        ("search", "buy"),
        {"taste": "unmeasured", "budget": "unmeasured"},
    ),
    "butterfly": Lesson(
        "Butterfly bias",
        "As in M-bias, but here the score also moves both search and buy. It is confounder and collider at once.",
        "Leaving it out leaves confounding, adjusting for it opens the path between the hidden causes: taste or budget "
        "must be measured as well.",
        "taste>score taste>search budget>score budget>buy score>search score>buy search>buy",
        ("search", "buy"),
        {"taste": "unmeasured", "budget": "unmeasured"},
    ),
    "front_door": Lesson(
        "The front door",
        "Genes may drive both smoking and cancer, and nobody measured them; but all that smoking does passes through "
        "tar. The two halves of the way can each be told.",
        "No adjustment is enough by itself; two steps are: what smoking does to tar, and what tar does to cancer among "
        "people who smoke alike.",
        "genes>smoking genes>cancer smoking>tar tar>cancer",
        ("smoking", "cancer"),
        {"genes": "unmeasured"},
    ),
    "instrument": Lesson(
        "An instrument",
        "A lottery gives some people a place in the training, and touches their earnings only through it. What the "
        "lottery does to earnings, divided by what it does to training, is the effect on those it moved.",
        "Adjusting for the lottery does not help and widens the interval; it must be used as an instrument, which "
        "takes a further assumption.",
        "lottery>training ability>training ability>earnings training>earnings",
        ("training", "earnings"),
        {"ability": "unmeasured", "lottery": "randomised"},
    ),
    "conditional_instrument": Lesson(
        "A conditional instrument",
        "Living near a college makes going there likelier; but the region decides on the distance and on wages too. "
        "Within one region the distance is as good as a lottery.",
        "Holding the region fixed turns the distance into an instrument; adjusting for the distance itself does harm.",
        "region>distance region>earnings distance>college ability>college ability>earnings college>earnings",
        ("college", "earnings"),
        {"ability": "unmeasured"},
    ),
    "berkson": Lesson(
        "Selection bias (Berkson)",
        "Talent and looks have nothing to do with each other, but either one gets people hired, and only the hired are "
        "in the data. Among them, the less talented are the better looking.",
        "The log holds the collider fixed already; no adjustment undoes a selection that comes after its causes.",
        "talent>hired looks>hired",
        ("talent", "looks"),
        {"hired": "selected"},
    ),
    "case_control": Lesson(
        "Case-control sampling",
        "The sick are all in the study, of the healthy only a few: the outcome itself selects. Shares and differences "
        "in such data are those of the sampling.",
        "Adjusting does not bring the population back; take a log of everybody, or know the shares of the sampling.",
        "age>exposure age>illness exposure>illness illness>in_study",
        ("exposure", "illness"),
        {"in_study": "selected"},
    ),
    "simpson": Lesson(
        "Simpson's paradox",
        "Surgery wins for small stones and wins for large ones, and loses over all: it is given to the hard cases. "
        "The table alone cannot say which number counts, the graph can.",
        "The size comes before the surgery and drives both, so the numbers within each size are the ones to believe.",
        "stone_size>surgery stone_size>recovery surgery>recovery",
        ("surgery", "recovery"),
        {},
        {"stone_size": 0, "surgery": 1, "recovery": 2},
    ),
    "time_varying": Lesson(
        "Confounding that changes with time",
        "The first dose changes the symptoms, and the symptoms decide on the second dose. The same symptoms are a "
        "mediator for one dose and a confounder for the other.",
        "For the second dose adjust for symptoms and first dose; for the first dose leave the symptoms alone. No "
        "single adjustment serves both at once.",
        "first_dose>symptoms health>symptoms symptoms>second_dose first_dose>second_dose health>recovery "
        "first_dose>recovery second_dose>recovery",
        ("second_dose", "recovery"),
        {"health": "unmeasured"},
        {"health": 0, "first_dose": 0, "symptoms": 1, "second_dose": 2, "recovery": 3},
    ),
    "stand_in": Lesson(
        "A stand-in for a hidden cause",
        "Intent itself is hidden, but the number of pages read tells something about it. A stand-in is not the cause.",
        "Adjusting for the stand-in lessens the bias in most cases and removes it in none: the path through intent "
        "stays open.",
        "intent>search intent>buy intent>pages_read search>buy",
        ("search", "buy"),
        {"intent": "unmeasured"},
    ),
    "napkin": Lesson(
        "The napkin",
        "Two hidden causes meet at the first variable, so it can neither be adjusted for nor left alone. And still the "
        "effect can be told from data, by dividing two quantities.",
        "No set is right: without the first variable one path stays open, with it another one opens. Only the general "
        "ID algorithm finds the formula.",
        "first>second second>treatment treatment>result taste>first taste>treatment budget>first budget>result",
        ("treatment", "result"),
        {"taste": "unmeasured", "budget": "unmeasured"},
    ),
}  # fmt: skip
