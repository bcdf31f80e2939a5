"""The server's tables as C: prototypes of the operations, which request means which of them, and what its inputs may be."""
import json

KINDS = {"text": "TEXT", "time": "TIME", "choice": "CHOICE", "integer": "INTEGER", "number": "NUMBER",
         "boolean": "BOOLEAN", "object": "OBJECT", "document": "DOCUMENT", "texts": "TEXTS", "chosen": "CHOSEN", "objects": "OBJECTS"}
ACCESS = {"open": "OPEN", "near": "NEAR", "login": "LOGIN", "user": "USER", "administrator": "ADMIN", "owner": "OWNER"}
MADE = "/* Made of protocol/openapi.yaml and protocol/jsonrpc.yaml by tools/protocol. */\n"


def quoted(text):
    return json.dumps(text) if text is not None else "NULL"


def prototypes(description):
    functions = dict.fromkeys(operation.function for operation in description.operations + description.methods)
    lines = [f"void {function}(struct orch__exchange *exchange);" for function in functions]
    return (f"{MADE}#ifndef ORCHD_SERVER_OPERATIONS_H\n#define ORCHD_SERVER_OPERATIONS_H\n\n#include \"exchange.h\"\n\n"
            "/* What can be asked of the server. Each is one function. */\n" + "\n".join(lines) + "\n\n#endif\n")


def field_row(field, prefix):
    choices = f"choices_{prefix}_{field.name}" if field.choices else "NULL"
    items = f"&items_{prefix}_{field.name}" if field.items else f"fields_{prefix}_{field.name}" if field.fields else "NULL"
    return (f"{{{quoted(field.name)}, ORCH__FIELD_{KINDS[field.kind]}, {str(field.required).lower()}, {quoted(field.instead)}, "
            f"INT64_C({field.low}), INT64_C({field.high}), {items}, {choices}, {len(field.fields)}}}")


def field_table(name, fields):
    text = ""
    for field in fields:
        if field.choices:
            text += f"static const char *const choices_{name}_{field.name}[] = {{{', '.join(map(quoted, field.choices))}, NULL}};\n"
        if field.items:
            text += f"static const orch__field items_{name}_{field.name} = {field_row(field.items, name)};\n"
        if field.fields:
            text += field_table(f"{name}_{field.name}", field.fields)
    rows = "".join(f"    {field_row(field, name)},\n" for field in fields)
    return text + f"static const orch__field fields_{name}[] = {{\n{rows}}};\n\n"


def operation_row(operation):
    name = operation.function.removeprefix("orch__do_")
    fields = f"fields_{name}, {len(operation.fields)}" if operation.fields else "NULL, 0"
    return f"{{{operation.function}, ORCH__ACCESS_{ACCESS[operation.access]}, {fields}}}"


def dispatch(description):
    constants, tables, done = {}, "", set()  # constants: an ordered set of (expression, value)
    for operation in description.operations + description.methods:
        for field in operation.fields:
            for one in field.whole():
                constants.update(dict.fromkeys(one.constants.items()))
        name = operation.function.removeprefix("orch__do_")
        if operation.fields and name not in done:
            tables += field_table(name, operation.fields)
        done.add(name)
    checks = "".join(f'_Static_assert({expression} == {value}, "protocol/: {expression} is {value} there");\n'
                     for expression, value in constants)
    routes = "".join(f"    {{ORCH__{one.verb}, {quoted(one.path.replace('{', ':').replace('}', ''))}, {operation_row(one)}}},\n"
                     for one in description.operations)
    methods = "".join(f"    {{{quoted(one.name)}, {operation_row(one)}}},\n" for one in description.methods)
    return (f"{MADE}#include \"insight.h\"\n#include \"operations.h\"\n#include \"tries.h\"\n#include \"websocket.h\"\n\n/* Where the C code has the same limit. */\n{checks}\n"
            f"/* What the inputs of each operation may be. */\n{tables}"
            f"const orch__route orch__routes[] = {{\n{routes}}};\n"
            "const size_t orch__routes_count = sizeof(orch__routes) / sizeof(orch__routes[0]);\n\n"
            f"const orch__rpc_method orch__rpc_methods[] = {{\n{methods}}};\n"
            "const size_t orch__rpc_methods_count = sizeof(orch__rpc_methods) / sizeof(orch__rpc_methods[0]);\n")


def served(description):
    """Both documents as compact JSON. They are served beside each other, so that one refers to the other by its name."""
    text = f"{MADE}#include \"description.h\"\n\n"
    for name, document in description.documents.items():
        data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).replace(".yaml#", ".json#").encode()
        rows = ",\n".join(",".join(str(byte) for byte in data[at:at + 32]) for at in range(0, len(data), 32))
        variable = "orch__" + name.removesuffix(".yaml") + "_document"
        text += f"static const unsigned char {variable}_bytes[] = {{\n{rows}}};\n"
        text += f"const orch_str {variable} = {{(const char *){variable}_bytes, sizeof({variable}_bytes)}};\n\n"
    return text
