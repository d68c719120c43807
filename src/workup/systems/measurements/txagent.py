"""System 14: tools as released, their arguments, their search, and the agent with scripted models and a small one.

Read from ``14-txagent`` (110 specifications) and ``drug-labels`` (two structured product labels). What tools are for,
in other words than their own, is in ``shipped:tool_purposes.jsonl``: written for this project before anything was
measured with it, by somebody who knew the descriptions, and not changed since.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from workup.case import Case, Question
from workup.evaluation.labels import wilson
from workup.knowledge.tools.tool import Sources, Tool
from workup.knowledge.tools.toolbox import Toolbox, toolbox
from workup.knowledge.tools.tooluniverse import SPECIAL, read_specs, tool_of
from workup.models.model import Sampling, ToolCall
from workup.models.scripted import Scripted
from workup.reasoner import Context
from workup.reasoners.txagent import TxAgent
from workup.reasoning import Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

SPECS, LABELS = "14-txagent", "drug-labels"
PURPOSES = SHIPPED / "tool_purposes.jsonl"
DEPTH = 10
_SMALL_ROUNDS, _SMALL_TOKENS = 20, 24

# Question, tool of the released sample, its arguments, options, the right one, and words of the label that say so.
QUESTIONS: tuple[tuple[str, str, dict[str, Any], dict[str, str], str, str], ...] = (
    (
        "Does Lipitor need another dose in renal impairment?",
        "get_pharmacokinetics_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "No", "B": "Half of it"},
        "A",
        "dose adjustment in patients with renal dysfunction is not necessary",
    ),
    (
        "May Lipitor be taken in pregnancy?",
        "get_pregnancy_effects_info_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "Yes", "B": "No"},
        "B",
        "contraindicated in women who are or may become pregnant",
    ),
    (
        "May a mother on Lipitor nurse?",
        "get_info_for_nursing_mothers_by_drug_name",
        {"drug_name": "atorvastatin"},
        {"A": "She should not", "B": "She may"},
        "A",
        "should be advised not to nurse their infants",
    ),
    (
        "What does ciclosporin do to Lipitor?",
        "get_drug_interactions_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "It lowers the risk of myopathy", "B": "It raises the risk of myopathy"},
        "B",
        "risk of myopathy during treatment with statins is increased",
    ),
    (
        "May Lipitor be given in active liver disease?",
        "get_population_use_info_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "No", "B": "Yes"},
        "A",
        "contraindicated in patients with active liver disease",
    ),
    (
        "What is done for an overdose of Lipitor?",
        "get_overdosage_info_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "A specific antidote", "B": "Supportive measures"},
        "B",
        "no specific treatment for LIPITOR overdosage",
    ),
    (
        "In which strengths is Lipitor made?",
        "get_dosage_forms_and_strengths_by_drug_name",
        {"drug_name": "Lipitor"},
        {"A": "10, 20, 40 and 80 mg", "B": "5 mg only"},
        "A",
        "10, 20, 40, and 80 mg",
    ),
    (
        "What are the active ingredients of Triaminic night time?",
        "get_active_ingredient_info_by_drug_name",
        {"drug_name": "Triaminic"},
        {"A": "Paracetamol", "B": "Diphenhydramine and phenylephrine"},
        "B",
        "Diphenhydramine HCl",
    ),
    (
        "When should Triaminic be stopped?",
        "get_stop_use_info_by_drug_name",
        {"drug_name": "Triaminic"},
        {"A": "When nervousness, dizziness or sleeplessness occur", "B": "Never"},
        "A",
        "nervousness, dizziness or sleeplessness occur",
    ),
    (
        "Which warning of Triaminic stands in a box?",
        "get_boxed_warning_info_by_drug_name",
        {"drug_name": "Triaminic"},
        {"A": "On addiction", "B": "On the tamper evident seal"},
        "B",
        "",
    ),
)


@cache
def _released(data: Path) -> tuple[list[Tool], int]:
    specs, issues = read_specs(data / SPECS)
    return [tool_of(spec) for spec in specs], len(issues)


@measurement("txagent.specs")
def specs(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Specifications that load unchanged, and what a second copy of the folder adds."""
    tools, broken = _released(data)
    unchanged = sum(tool.spec.get("name") == tool.name and "description" in tool.spec for tool in tools)
    twice = Toolbox([*tools, *tools])
    return {
        "specs-load": Measurement(value=unchanged, n=len(tools) + broken, note="all four files of the sample"),
        "specs-once": Measurement(value=len(twice), n=2 * len(tools)),
        "specs-special": Measurement(value=sum(tool.special for tool in tools), n=len(tools)),
    }


@measurement("txagent.search")
def search(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Recall at ten of the right tool from its purpose in other words, over all tools of the sample."""
    box = Toolbox(_released(data)[0])
    rows = [msgspec.json.decode(line) for line in PURPOSES.read_bytes().splitlines()]
    asked = [row for row in rows if row["tool"] in box]
    ranks = []
    for row in asked:
        found = [hit.id for hit in box.find(row["purpose"], len(box))]
        ranks.append(found.index(row["tool"]) + 1 if row["tool"] in found else 0)
    never = sum(any(hit.id in SPECIAL for hit in box.find(row["purpose"], len(box))) for row in asked)
    if not asked:
        return {name: Measurement(value=None, n=0) for name in ("tool-recall", "special-never-found")}
    hits = sum(0 < rank <= DEPTH for rank in ranks)
    first = sum(rank == 1 for rank in ranks) / len(asked)
    note = f"BM25 over {len(box)} tools; first in {first:.3f}; found at all in {sum(rank > 0 for rank in ranks)}"
    return {
        "tool-recall": Measurement(value=hits / len(asked), n=len(asked), interval=wilson(hits, len(asked)), note=note),
        "special-never-found": Measurement(value=never, n=len(asked)),
    }


@measurement("txagent.arguments")
def arguments(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Calls of each released tool, right and wrong in four ways, told apart."""
    tools = [tool for tool in _released(data)[0] if tool.required]
    box = Toolbox(tools)
    judged = right = 0
    for tool in tools:
        values = {name: _valid(tool.properties[name]) for name in tool.required}
        name = tool.required[0]
        wrong: list[tuple[ToolCall, str]] = [
            (ToolCall(name=f"{tool.name}_x", arguments=values), "there is no tool"),
            (ToolCall(name=tool.name, arguments={}), "needs the parameter"),
            (ToolCall(name=tool.name, arguments={**values, "unheard_of": 1}), "has no parameter unheard_of"),
            (ToolCall(name=tool.name, arguments={**values, name: None}), f"{name} must be"),
        ]
        checks = [(ToolCall(name=tool.name, arguments=values), ""), *wrong]
        for call, said in checks:
            complaint = "; ".join(box.check(call))
            judged += 1
            right += (said in complaint) if said else not complaint
    return {"arguments-checked": Measurement(value=right, n=judged, note=f"five calls of each of {len(tools)} tools")}


def _valid(parameter: dict[str, Any]) -> Any:
    kinds = {"integer": 1, "number": 1.5, "boolean": True, "array": ["a"], "object": {}}
    return kinds.get(str(parameter.get("type")), "a")


def _solve(data: Path, model: Any, question: str, options: dict[str, str], **more: Any) -> Reasoning:
    case = Case(id="blinded", question=Question(question, options))
    given = {"specs": str(data / SPECS), "labels": str(data / LABELS), **more}
    sampling = Sampling(max_tokens=_SMALL_TOKENS)
    return TxAgent().reason(case, Context(model=model, options=given, sampling=sampling))


@measurement("txagent.labels")
def labels(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Ten label questions with a scripted model: right answers whose quotation stands in the label."""
    solved = quoted = 0
    for question, tool, given, options, right, quote in QUESTIONS:
        call = msgspec.json.encode([{"name": tool, "arguments": given}]).decode()
        find = msgspec.json.encode([{"name": "Tool_RAG", "arguments": {"description": tool, "limit": 10}}]).decode()
        words = f'"{quote}" ' if quote else ""
        script = (
            f"Find it. [TOOL_CALLS] {find}",
            f"Ask the label. [TOOL_CALLS] {call}",
            f'The label says {words}[E1]. [FinalAnswer] {right} [TOOL_CALLS] [{{"name": "Finish", "arguments": {{}}}}]',
        )
        result = _solve(data, Scripted(script), question, options, query="description")
        done = result.extensions["txagent"]["calls"] == [{"name": tool, "arguments": given, "status": "done"}]
        solved += done and result.answer is not None and result.answer.ids == (right,)
        evidence = result.steps[-1].evidence
        quoted += bool(evidence) and all(one.supported for one in evidence)
    n = len(QUESTIONS)
    return {
        "label-questions": Measurement(value=solved, n=n, note="scripted model; the tools and labels are real"),
        "label-quotes": Measurement(value=quoted, n=n, note="every quotation of the answer found in the label"),
    }


@measurement("txagent.backends")
def backends(data: Path, tier: Tier) -> dict[str, Measurement]:
    """What stands behind the released tools: labels, ontology, or openly nothing."""
    box = toolbox(Sources(specs=str(data / SPECS), labels=str(data / LABELS)), only=["tooluniverse"])
    found = box.run(
        ToolCall(
            name="get_joint_associated_diseases_by_HPO_ID_list",
            arguments={"HPO_ID_list": ["HP:0001083", "HP:0001166"], "limit": 50},
        )
    )
    marfan = "Marfan syndrome" in found.content
    unbacked = [tool for tool in box if tool.spec.get("type") == "OpenTarget"]
    honest = 0
    for tool in unbacked:
        values = {name: _valid(tool.properties[name]) for name in tool.required}
        honest += box.run(ToolCall(name=tool.name, arguments=values)).status == "unavailable"
    return {
        "hpo-to-disease": Measurement(value=marfan, n=1, note="ectopia lentis with arachnodactyly"),
        "no-source-said": Measurement(value=honest == len(unbacked), n=len(unbacked)),
    }


@measurement("txagent.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """SmolLM2 on label questions: ends by itself or by the forced finish, within twenty rounds."""
    from workup.models import load
    from workup.models.gguf import smollm2_path

    if smollm2_path() is None:
        return {"small-model-ends": Measurement(value=None, n=0, note="the package of SmolLM2 is not installed")}
    count = 2
    ended, rounds, forced = 0, [], 0
    with load("smollm2") as model:
        for question, _, _, options, _, _ in QUESTIONS[:count]:
            result = _solve(data, model, question, options, rounds=_SMALL_ROUNDS, step_rag_num=3, longest_prompt=8000)
            account = result.extensions["txagent"]
            rounds.append(account["rounds"])
            forced += account["forced"]
            ended += account["rounds"] <= _SMALL_ROUNDS and (account["ended"] == "answered" or account["forced"])
    note = f"rounds {', '.join(map(str, rounds))}; {forced} by the forced finish; {_SMALL_TOKENS} tokens a reply"
    return {"small-model-ends": Measurement(value=ended, n=count, note=note)}


@measurement("txagent.depth")
def depth(data: Path, tier: Tier) -> dict[str, Measurement]:
    """An agent that was called with a plan calls another in turn."""

    def call(name: str, thought: str, **given: Any) -> str:
        return f"{thought} [TOOL_CALLS] {msgspec.json.encode([{'name': name, 'arguments': given}]).decode()}"

    script = (
        call("CallAgent", "Ask another.", solution="By the label."),
        call("CallAgent", "And another.", solution="By the gene."),
        call("Finish", "[FinalAnswer] A"),
        call("Finish", "As it says: [FinalAnswer] A"),
    )
    options = {"A": "One level", "B": "Two levels"}
    result = _solve(data, Scripted(script), "How deep?", options, multi_agent=True)
    made = result.extensions["txagent"]["calls"]
    refused = [one["status"] for one in made if one["name"] == "CallAgent"] == ["refused"]
    done = result.answer is not None and result.answer.ids == ("A",)
    return {"call-agent-depth": Measurement(value=refused and done, n=1, note="scripted model")}
