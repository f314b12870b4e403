"""Which attachments a message may carry.

Owns: the check of one adaptive card. Promises: a card that passes has only elements, actions and versions that Webex
is known to show. Does not: check every property of every element (the ones in use by the daemon, it does).

Based on:

* One attachment, content type ``application/vnd.microsoft.card.adaptive`` [public OpenAPI]; versions up to 1.3, no
  ``Media`` element [public guide to buttons and cards]; at most five actions [an older edition of that guide].
* Names of elements and actions, ``text`` of a TextBlock, unique ``id``s [public Adaptive Cards schema 1.3];
  ``Action.Execute`` came with 1.4 and is refused.
* ``Action.OpenUrl`` opens http and https only [inferred]; unknown elements, actions and properties of the card itself
  are refused although a renderer would drop them silently [stricter than documented].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hybridcal_daemon.sandbox.webex.call import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
VERSIONS: Final = frozenset({"1.0", "1.1", "1.2", "1.3"})
SCHEMAS: Final = frozenset(
    f"{scheme}://adaptivecards.io/schemas/adaptive-card.json"
    for scheme in ("http", "https")  # both are in use in the guide's own examples
)
MOST_ACTIONS: Final = 5
CARD_KEYS: Final = frozenset(
    {
        *("type", "version", "$schema", "body", "actions", "selectAction", "fallbackText", "backgroundImage"),
        *("minHeight", "speak", "lang", "verticalContentAlignment"),
    }
)
INPUTS: Final = frozenset(f"Input.{name}" for name in ("Text", "Number", "Date", "Time", "Toggle", "ChoiceSet"))
ELEMENTS: Final = INPUTS | {
    *("TextBlock", "RichTextBlock", "Image", "ImageSet"),
    *("Container", "ColumnSet", "Column", "FactSet", "ActionSet"),
}
NESTED: Final = ("items", "columns", "images")
ACTIONS: Final = frozenset({"Action.OpenUrl", "Action.Submit", "Action.ShowCard", "Action.ToggleVisibility"})


def check_attachments(attachments: list[Any]) -> None:
    """Refuse with 400 what is not exactly one adaptive card."""
    if len(attachments) != 1:
        raise Refusal(400, "Exactly one attachment is allowed per message.")
    attachment = attachments[0]
    if not isinstance(attachment, dict) or attachment.keys() != {"contentType", "content"}:
        raise Refusal(400, "An attachment must have contentType and content.")
    if attachment["contentType"] != CARD_TYPE:
        raise Refusal(400, "The contentType of the attachment is not supported.")
    _check_card(attachment["content"], top=True)
    _check_ids(attachment["content"])


def card_key(attachments: list[Any]) -> str:
    """Give the ``id`` of the first body element, '' when it has none."""
    body = attachments[0]["content"].get("body", []) if attachments else []
    return str(body[0].get("id", "")) if body else ""


def card_url(attachments: list[Any]) -> str:
    """Give the address of the first ``Action.OpenUrl``, '' when there is none."""
    actions = attachments[0]["content"].get("actions", []) if attachments else []
    return next((str(action["url"]) for action in actions if action["type"] == "Action.OpenUrl"), "")


def _check_card(card: object, *, top: bool) -> None:
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        raise Refusal(400, "The content of the attachment is not an AdaptiveCard.")
    if unknown := sorted(card.keys() - CARD_KEYS):
        raise Refusal(400, f"Unknown property '{unknown[0]}' of the card.")
    if top and card.get("version") not in VERSIONS:
        raise Refusal(400, "The version of the card is missing or not supported.")
    if card.get("$schema", "https://adaptivecards.io/schemas/adaptive-card.json") not in SCHEMAS:
        raise Refusal(400, "The $schema of the card is not the one of adaptive cards.")
    for element in _listed(card, "body"):
        _check_element(element)
    _check_actions(_listed(card, "actions"))
    if top and not card.get("body") and not card.get("actions"):
        raise Refusal(400, "The card is empty.")


def _listed(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = value.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refusal(400, f"Property '{name}' in the card must be a list of objects.")
    return items


def _check_element(element: dict[str, Any]) -> None:
    kind = element.get("type")
    if kind not in ELEMENTS:
        raise Refusal(400, "The card has an element of a type that is not supported.")
    if kind == "TextBlock" and not isinstance(element.get("text"), str):
        raise Refusal(400, "A TextBlock needs a text.")
    if kind in INPUTS and not element.get("id"):
        raise Refusal(400, "An input needs an id.")
    for name in NESTED:
        for nested in _listed(element, name):
            _check_element(nested | {"type": nested.get("type", "Column")} if name == "columns" else nested)
    if kind == "ActionSet":
        _check_actions(_listed(element, "actions"))


def _check_actions(actions: list[dict[str, Any]]) -> None:
    if len(actions) > MOST_ACTIONS:
        raise Refusal(400, f"A card may have up to {MOST_ACTIONS} actions.")
    for action in actions:
        kind = action.get("type")
        if kind not in ACTIONS:
            raise Refusal(400, "The card has an action of a type that is not supported.")
        if kind == "Action.OpenUrl" and not _opens(action.get("url")):
            raise Refusal(400, "The url of an Action.OpenUrl must be an http or https address.")
        if kind == "Action.ShowCard":
            _check_card(action.get("card"), top=False)


def _opens(url: object) -> bool:
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_ids(card: dict[str, Any]) -> None:
    seen: set[str] = set()
    for given in _ids(card):
        if not isinstance(given, str) or not given or given in seen:
            raise Refusal(400, "Each id in a card must be a text of its own.")
        seen.add(given)


def _ids(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        if "id" in value:
            yield value["id"]
        for name, nested in value.items():
            if name != "data":  # what an Action.Submit sends back is the sender's own
                yield from _ids(nested)
    elif isinstance(value, list):
        for nested in value:
            yield from _ids(nested)
