"""`graph identify FILE`: can the effect be told from data under this graph, and how?"""

import argparse
from pathlib import Path

from core.commands.options import Answer, Command, names
from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, refuse_backwards
from core.storage.workspace import Workspace


def add(action: Command) -> None:
    """Add the action."""
    add_question(action("identify", identify))


def add_question(added: argparse.ArgumentParser) -> None:
    """The graph's file and what is asked of it."""
    added.add_argument("file", metavar="FILE")
    added.add_argument("--treatment", metavar="NAME", help="default: the one marked in the file")
    added.add_argument("--outcome", metavar="NAME", help="default: the one marked in the file")
    added.add_argument("--unmeasured", metavar="A,B", help="besides those that are marked in the file")


def identify(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Can the effect be told from data under this graph, and how?"""
    from core.graphs.formats.text_formats import read_graph
    from core.graphs.identification.identify import identify as identified

    return identified(asked(read_graph(Path(options.file)), options)).plain()


def asked(graph: CausalGraph, options: argparse.Namespace) -> CausalGraph:
    """The graph with the question and the hidden nodes that were given beside it; raises BadSpec for no question."""
    treatment, outcome = options.treatment or graph.treatment, options.outcome or graph.outcome
    if treatment is None or outcome is None:
        missing = "treatment" if treatment is None else "outcome"
        raise BadSpec(f"The causal graph marks no {missing}; give --{missing} with one of {', '.join(graph.names)}.")
    if treatment == outcome:
        raise BadSpec(f"'{treatment}' is both treatment and outcome; these must be two nodes.")
    question = graph.asked(treatment, outcome, names(options.unmeasured) or ())
    refuse_backwards(question)
    return question
