"""reference.py [--check]: docs/reference/*.md, made of protocol/. With --check nothing is written; stale ones are named."""
import json
import pathlib
import sys

import description

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHO = {"open": "anybody", "near": "anybody on this machine; logged in from elsewhere", "login": "logged in", "user": "a user",
       "administrator": "administrators", "owner": "the machine's owner"}
MADE = "<!-- Made of protocol/ by `./dev reference`. Change it there. -->\n"


def amount(low, high, unit):
    return f"{low} to {high:,} {unit}" if low else f"up to {high:,} {unit}"


def span(field):
    """'1 to 200 bytes'"""
    low = f"at least {field.low} characters, " if field.low > 1 else ""
    return low + amount(field.low if field.low == 1 else 0, field.high, "bytes")


def type_words(field):
    return {
        "text": lambda: f"text, {span(field)}",
        "time": lambda: "time",
        "choice": lambda: " or ".join(f"`{choice}`" for choice in field.choices),
        "integer": lambda: f"whole number, {field.low} to {field.high:,}",
        "number": lambda: f"number, {field.low} to {field.high:,}",
        "boolean": lambda: "true or false",
        "object": lambda: f"object, {amount(0, field.high, 'bytes')}",
        "document": lambda: f"object or array, {amount(0, field.high, 'bytes')}",
        "texts": lambda: f"array of up to {field.high} texts, each {span(field.items)}",
        "chosen": lambda: f"{' or '.join(f'`{choice}`' for choice in field.choices)}, or an array of up to {field.high} texts, each {span(field.items)}",
        "objects": lambda: f"array of up to {field.high} objects of {', '.join(f'`{one.name}` ({type_words(one)})' for one in field.fields)}",
    }[field.kind]()


def needed(field, fields):
    if field.required:
        return "yes"
    partner = field.instead or next((other.name for other in fields if other.instead == field.name), None)
    return f"this or `{partner}`" if partner else ""


def inputs(fields, with_places):
    if not fields:
        return ""
    head = "| input | in | needed | what |\n|---|---|---|---|\n" if with_places else "| parameter | needed | what |\n|---|---|---|\n"
    rows = ""
    for field in fields:
        place = f" {' or '.join(field.places)} |" if with_places else ""
        words = type_words(field) + (f". {field.description}" if field.description else "")
        rows += f"| `{field.name}` |{place} {needed(field, fields)} | {words} |\n"
    return f"\n{head}{rows}"


def schema_words(loaded, schema, page, document):
    """A schema in a few words: a shape by its name, which links to `page` or to the other one; anything else as it is."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        found, document = loaded.find(schema["$ref"], document)
        if "properties" in found:
            home = "http.md" if document == "openapi.yaml" else "websocket.md"
            return f"[{name}]({'' if home == page else home}#{'answers' if home == 'http.md' else 'shapes'})"
        return schema_words(loaded, found, page, document)
    if "title" in schema:
        return schema["title"]
    if "const" in schema:
        return f"`{json.dumps(schema['const']).strip(chr(34))}`"
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(schema_words(loaded, one, page, document) for one in schema["anyOf"])
    kinds = schema.get("type", "anything")
    if kinds == "array":
        return f"array of {schema_words(loaded, schema['items'], page, document)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {schema_words(loaded, schema['additionalProperties'], page, document)}"
    if "properties" in schema:
        return f"object of {', '.join(f'`{name}`' for name in schema['properties'])}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return " or ".join(words.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def shapes(loaded, page, document):
    """Each object of an answer in one row. What is no object is said where it is used."""
    text = "| | |\n|---|---|\n"
    for name, schema in loaded.documents[document]["components"]["schemas"].items():
        if "properties" not in schema or name == "Whom":
            continue
        fields = []
        for field, inner in schema["properties"].items():
            mark = "" if field in schema.get("required", []) else "?"
            note = f" ({inner['description']})" if "description" in inner else ""
            fields.append(f"`{field}`{mark} {schema_words(loaded, inner, page, document)}{note}")
        text += f"| {name} | {', '.join(fields) or 'no fields'} |\n"
    return text


def answers(loaded, operation):
    fitting = []
    for status, (words, schema) in operation.answers.items():
        if status.startswith(("1", "2")):
            shape = schema_words(loaded, schema, "http.md", "openapi.yaml") if schema and "$ref" in schema else None
            fitting.append(f"{status} {shape}" if shape else status if status == "204" else f"{status}: {words}")
    refused = [status for status in operation.answers if status[0] in "45" and status != "4XX"]
    return "Answer: " + ", ".join(fitting) + (f". Refusals: {', '.join(refused)}" if refused else "") + ".\n"


def http(loaded):
    text = f"# HTTP\n\n{MADE}\n{loaded.http['info']['description'].strip()}\n\n"
    text += "Every refusal is an [Error](#answers). [docs/protocol.md](../protocol.md) has what tables cannot say; the same as OpenAPI: `GET /api/openapi.json`.\n\n"
    for tag in loaded.http["tags"]:
        text += f"## {tag['description']}\n\n"
        for operation in loaded.operations:
            if operation.tag != tag["name"]:
                continue
            about = f" {operation.description}" if operation.description else ""
            text += f"### {operation.verb} {operation.path}\n\n{operation.summary}.{about} For: {WHO[operation.access]}.\n"
            text += inputs(operation.fields, True) + "\n" + answers(loaded, operation) + "\n"
    return text + "## Answers\n\nA field with a question mark may be absent.\n\n" + shapes(loaded, "http.md", "openapi.yaml")


def websocket(loaded):
    text = f"# WebSocket\n\n{MADE}\n{loaded.rpc['info']['description'].strip()}\n\n"
    text += ("[docs/protocol.md](../protocol.md) has how to follow what happens; the same as OpenRPC: `GET /api/jsonrpc.json`. "
             "Limits of texts count bytes.\n\n## Methods\n\n")
    for method in loaded.methods:
        about = method.description or (method.http.description if method.http else "")
        text += f"### {method.name}\n\n{method.summary}.{' ' + about if about else ''} For: {WHO[method.access]}.\n"
        text += inputs(method.fields, False) + f"\nResult: {schema_words(loaded, method.result, 'websocket.md', 'jsonrpc.yaml')}.\n\n"
    text += "## Notifications\n\n| notification | params | |\n|---|---|---|\n"
    for notice in loaded.rpc["x-notifications"]:
        text += f"| `{notice['name']}` | {schema_words(loaded, notice['params'], 'websocket.md', 'jsonrpc.yaml')} | {notice['summary']} |\n"
    text += "\n## Errors\n\n-32700: no JSON. -32600: no call. -32601: there is no such method.\n"
    for error in loaded.rpc["components"]["errors"].values():
        text += f"{error['code']}: {error['message'].lower()}. "
    return text.rstrip() + " Both have `data`: [ErrorData](#shapes).\n\n## Shapes\n\nA field with a question mark may be absent.\n\n" + shapes(loaded, "websocket.md", "jsonrpc.yaml")


def main():
    loaded = description.load(ROOT / "protocol")
    folder = ROOT / "docs/reference"
    folder.mkdir(exist_ok=True)
    stale = []
    for name, text in (("http.md", http(loaded)), ("websocket.md", websocket(loaded))):
        path, text = folder / name, text.rstrip() + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(f"docs/reference/{name} is not what protocol/ says: run ./dev reference")
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.exit("\n".join(stale))


main()
