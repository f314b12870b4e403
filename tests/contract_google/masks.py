"""``fields`` masks against the schemas of the discovery documents."""


def tree(mask):
    """``a,b(c),d/e`` as {"a": {}, "b": {"c": {}}, "d": {"e": {}}}."""
    root = {}
    stack, here, word = [], root, ""
    for char in mask + ",":
        if char.isalpha():
            word += char
            continue
        inner = here.setdefault(word, {}) if word else here
        word = ""
        if char == "(":
            stack.append(("(", here))
            here = inner
        elif char == "/":
            stack.append(("/", here))
            here = inner
        else:
            while stack and stack[-1][0] == "/":
                here = stack.pop()[1]
            if char == ")":
                here = stack.pop()[1]
    return root


def undocumented(document, schema, names):
    """Names of a mask that are no properties of the schema."""
    while "$ref" in schema or "items" in schema:
        schema = document["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    if "additionalProperties" in schema:  # a map, whose keys are anybody's
        names, schema = {}, {}
    for name, inner in names.items():
        if name not in schema.get("properties", {}):
            yield name
        elif inner:
            yield from undocumented(document, schema["properties"][name], inner)
