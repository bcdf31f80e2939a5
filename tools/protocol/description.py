"""Reads protocol/openapi.yaml and protocol/jsonrpc.yaml into operations, methods and notifications.

Whatever an input's schema says must be something that the server's tables can check (src/server/fields.h): an unknown keyword
is an error here, so that nothing is promised that nobody looks at.
"""
import dataclasses
import pathlib
import re
import sys

import yaml

VERBS = ("get", "post", "patch", "delete")
LOGGED_IN = ("bearer", "cookie")
# What each rule of x-access means as an OpenAPI security requirement.
SECURITY = {
    "open": ((), ("", *LOGGED_IN, "owner")),
    "near": (("", *LOGGED_IN, "owner"),),
    "login": ((*LOGGED_IN, "owner"),),
    "user": (LOGGED_IN,),
    "administrator": ((*LOGGED_IN, "owner"),),
    "owner": (("owner",),),
}
NOTES = {"title", "description", "default", "x-example"}
KEYWORDS = {
    "text": NOTES | {"type", "minLength", "maxLength", "x-max-bytes", "x-constant", "x-constant-min"},
    "time": NOTES | {"type", "format", "maxLength", "x-max-bytes"},
    "choice": NOTES | {"type", "enum"},
    "integer": NOTES | {"type", "minimum", "maximum", "x-constant", "x-constant-default"},
    "number": NOTES | {"type", "minimum", "maximum"},
    "boolean": NOTES | {"type"},
    "object": NOTES | {"type", "x-max-bytes", "x-constant", "additionalProperties"},
    "document": NOTES | {"type", "x-max-bytes", "x-constant", "additionalProperties", "items"},
    "texts": NOTES | {"type", "items", "maxItems", "x-constant"},
    "chosen": NOTES | {"anyOf"},
    "objects": NOTES | {"type", "items", "maxItems", "x-constant"},
}


class Wrong(Exception):
    """What is wrong with the description, for whoever wrote it."""


@dataclasses.dataclass
class Field:
    name: str
    kind: str  # a key of KEYWORDS
    low: int  # text: characters; integer, number: the value
    high: int  # text, object, document: bytes; integer, number: the value; texts, objects: entries
    constants: dict  # of the C code: its expression to its value
    choices: list
    items: "Field | None"  # of texts: what each is like
    fields: list  # of objects: the fields of each
    description: str
    places: list  # path, query, body, or params
    required: bool = False
    instead: str | None = None  # one of this field and that one is needed

    def limits(self):
        items = self.items and self.items.limits()
        fields = [field.limits() for field in self.fields]
        return self.name, self.kind, self.low, self.high, self.choices, items, fields, self.required, self.instead

    def whole(self):
        """The field and what it is made of."""
        yield self
        for part in [self.items] * bool(self.items) + self.fields:
            yield from part.whole()


@dataclasses.dataclass
class Operation:
    name: str  # operationId, or the method's name
    function: str  # of the C code
    access: str
    fields: list
    summary: str
    description: str
    verb: str = ""
    path: str = ""
    tag: str = ""
    answers: dict = dataclasses.field(default_factory=dict)  # status to (description, schema or None)
    http: "Operation | None" = None  # of a method: the same over HTTP
    result: dict | None = None  # of a method: a schema


def snake(name):
    return re.sub(r"[.\-]", "_", re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name)).lower()


class Description:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.documents = {}
        for name in ("openapi.yaml", "jsonrpc.yaml"):
            with open(folder / name, encoding="utf-8") as file:
                self.documents[name] = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.http = self.documents["openapi.yaml"]
        self.rpc = self.documents["jsonrpc.yaml"]
        self.operations = [operation for path, item in self.http["paths"].items() for operation in self.read_path(path, item)]
        by_name = {operation.name: operation for operation in self.operations}
        if len(by_name) != len(self.operations):
            raise Wrong("openapi.yaml: an operationId is used twice")
        self.methods = [self.read_method(method, by_name) for method in self.rpc["methods"]]
        self.check_order()

    # ---- references ----

    def find(self, reference, document):
        place, _, pointer = reference.partition("#")
        node = self.documents[place or document]
        for key in pointer.strip("/").split("/"):
            if key not in node:
                raise Wrong(f"{document}: there is no {reference}")
            node = node[key]
        return node, place or document

    def resolve(self, node, document):
        """The node without $ref at its top; what stands beside the $ref wins."""
        while "$ref" in node:
            found, document = self.find(node["$ref"], document)
            node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
        return node, document

    # ---- inputs ----

    def read_field(self, name, schema, document, where):
        schema, document = self.resolve(schema, document)
        where = f"{where}: {name}"
        kind = kind_of(schema, where)
        if kind == "texts" and self.resolve(schema["items"], document)[0].get("type") == "object":
            kind = "objects"
        unknown = set(schema) - KEYWORDS[kind]
        if unknown:
            raise Wrong(f"{where}: the server cannot check {', '.join(sorted(unknown))} of a {kind}")
        if kind == "chosen":
            return self.read_chosen(name, schema, document, where)
        low, high = limits_of(schema, kind, where)
        constants = {}
        if "x-constant" in schema:
            constants[schema["x-constant"]] = high
        if "x-constant-min" in schema:
            constants[schema["x-constant-min"]] = low
        if "x-constant-default" in schema:
            constants[schema["x-constant-default"]] = schema["default"]
        items, fields = None, []
        if kind == "texts":
            items = self.read_field(name, schema["items"], document, where)
            if items.kind != "text":
                raise Wrong(f"{where}: the entries of an array are texts or objects")
        if kind == "objects":
            fields = self.read_object(schema["items"], document, where)
        return Field(name, kind, low, high, constants, schema.get("enum", []), items, fields, schema.get("description", ""), [])

    def read_chosen(self, name, schema, document, where):
        """One of some words, or an array of texts."""
        parts = [self.read_field(name, one, document, where) for one in schema["anyOf"]]
        if [part.kind for part in parts] != ["choice", "texts"]:
            raise Wrong(f"{where}: anyOf is a choice and an array of texts, in this order")
        return dataclasses.replace(parts[1], kind="chosen", choices=parts[0].choices, description=schema.get("description", ""))

    def read_object(self, schema, document, where):
        """The fields of a request's body."""
        schema, document = self.resolve(schema, document)
        unknown = set(schema) - {"type", "required", "properties", "anyOf", "description"}
        if unknown or schema.get("type") != "object":
            raise Wrong(f"{where}: a body is an object of fields; {', '.join(sorted(unknown)) or schema.get('type')} is not known")
        fields = []
        for name, property_schema in schema.get("properties", {}).items():
            field = self.read_field(name, property_schema, document, where)
            field.places, field.required = ["body"], name in schema.get("required", [])
            fields.append(field)
        alternatives = schema.get("anyOf", [])
        if alternatives:
            names = [one["required"][0] for one in alternatives if list(one) == ["required"] and len(one["required"]) == 1]
            if len(names) != 2 or len(alternatives) != 2:
                raise Wrong(f"{where}: anyOf names two fields of which one is required")
            next(field for field in fields if field.name == names[1]).instead = names[0]
        return fields

    def read_parameters(self, parameters, where):
        fields = []
        for parameter in parameters:
            parameter, document = self.resolve(parameter, "openapi.yaml")
            field = self.read_field(parameter["name"], parameter["schema"], document, where)
            field.places, field.required = [parameter["in"]], parameter.get("required", False)
            field.description = parameter.get("description", field.description)
            if parameter["in"] not in ("path", "query") or field.kind not in ("text", "time", "choice", "integer", "boolean"):
                raise Wrong(f"{where}: {field.name}: a path or a query has texts, whole numbers, true and false")
            fields.append(field)
        return fields

    # ---- HTTP ----

    def read_path(self, path, item):
        for verb in VERBS:
            if verb not in item:
                continue
            node, where = item[verb], f"openapi.yaml: {verb.upper()} {path}"
            fields = self.read_parameters(item.get("parameters", []) + node.get("parameters", []), where)
            if "requestBody" in node:
                content = node["requestBody"]["content"]["application/json"]["schema"]
                fields = merge(fields, self.read_object(content, "openapi.yaml", where), where)
            captured = re.findall(r"\{(\w+)\}", path)
            if captured != [field.name for field in fields if "path" in field.places]:
                raise Wrong(f"{where}: {captured} of the path are not its path parameters")
            yield Operation(node["operationId"], "orch__do_" + snake(node["operationId"]), self.read_access(node, where), fields,
                            node["summary"], node.get("description", "").strip(), verb.upper(), path, node["tags"][0],
                            dict(self.read_answers(node)))

    def read_access(self, node, where):
        access = node.get("x-access")
        if access not in SECURITY:
            raise Wrong(f"{where}: x-access is {access}; {', '.join(SECURITY)} are allowed")
        security = node.get("security", self.http["security"])
        if tuple(next(iter(one), "") for one in security) not in SECURITY[access]:
            raise Wrong(f"{where}: security does not say what x-access {access} means")
        return access

    def read_answers(self, node):
        for status, answer in node["responses"].items():
            answer, _ = self.resolve(answer, "openapi.yaml")
            content = answer.get("content", {})
            yield str(status), (answer["description"], next(iter(content.values()))["schema"] if content else None)

    def check_order(self):
        """The first row that fits wins, so that a fixed path must stand before one with a name in its place."""
        seen = []
        for operation in self.operations:
            for other in seen:
                pattern = re.sub(r"\{\w+\}", "[^/]+", re.escape(other.path).replace(r"\{", "{").replace(r"\}", "}"))
                if other.verb == operation.verb and other.path != operation.path and re.fullmatch(pattern, operation.path):
                    raise Wrong(f"openapi.yaml: {operation.path} must stand before {other.path}")
            seen.append(operation)

    # ---- JSON-RPC ----

    def read_method(self, node, operations):
        name, where = node["name"], f"jsonrpc.yaml: {node['name']}"
        fields = []
        for parameter in node["params"]:
            field = self.read_field(parameter["name"], parameter["schema"], "jsonrpc.yaml", where)
            field.places, field.required = ["params"], parameter.get("required", False)
            field.description = parameter.get("description", field.description)
            fields.append(field)
        method = Operation(name, "orch__do_" + snake(name), node.get("x-access"), fields, node["summary"],
                           node.get("description", "").strip(), result=node["result"]["schema"])
        if "x-operation" in node:
            method.http = operations.get(node["x-operation"])
            if not method.http:
                raise Wrong(f"{where}: there is no operation {node['x-operation']}")
            if sorted(map(str, (field.limits() for field in fields))) != sorted(map(str, (field.limits() for field in method.http.fields))):
                raise Wrong(f"{where}: its parameters are not the inputs of {method.http.name}")
            method.function, method.access = method.http.function, method.http.access
        if method.access not in ("login", "user", "administrator", "owner"):
            raise Wrong(f"{where}: x-access is {method.access}; a WebSocket has somebody logged in")
        return method


def kind_of(schema, where):
    given = schema.get("type")
    if "anyOf" in schema:
        return "chosen"
    if given == "string":
        return "choice" if "enum" in schema else "time" if schema.get("format") == "utc-time" else "text"
    kinds = {"integer": "integer", "number": "number", "boolean": "boolean", "object": "object", "array": "texts"}
    if given == ["object", "array"]:
        return "document"
    if not isinstance(given, str) or given not in kinds:
        raise Wrong(f"{where}: the type {given} is not known")
    return kinds[given]


def limits_of(schema, kind, where):
    """(low, high); a limit that is missing is an error, as everything has one."""
    try:
        if kind in ("text", "time") and schema["maxLength"] != schema["x-max-bytes"]:
            raise Wrong(f"{where}: maxLength and x-max-bytes are the same number")
        high = {"integer": "maximum", "number": "maximum", "texts": "maxItems", "objects": "maxItems", "boolean": None, "choice": None}.get(kind, "x-max-bytes")
        low = schema["minimum"] if kind in ("integer", "number") else schema.get("minLength", 0)
        return low, schema[high] if high else 0
    except KeyError as missing:
        raise Wrong(f"{where}: {missing} is missing") from None


def merge(parameters, body, where):
    """One list: a field may stand in the query and in the body."""
    by_name = {field.name: field for field in parameters}
    merged = list(parameters)
    for field in body:
        other = by_name.get(field.name)
        if not other:
            merged.append(field)
            continue
        other.required, other.instead = other.required or field.required, field.instead
        if "path" in other.places or other.limits() != field.limits():
            raise Wrong(f"{where}: {field.name} of the body differs from that of the query")
        other.places.append("body")
    return merged


def load(folder):
    try:
        return Description(folder)
    except Wrong as wrong:
        sys.exit(f"protocol/{wrong}")
