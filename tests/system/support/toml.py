"""Writes the configuration of a test: sections are dictionaries, repeated sections lists of them."""


def value(x) -> str:
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, (int, float)):
        return str(x)
    if isinstance(x, (list, tuple)):
        return "[" + ", ".join(map(value, x)) + "]"
    if isinstance(x, dict):
        return "{ " + ", ".join(f'"{k}" = {value(v)}' for k, v in x.items()) + " }"
    return '"' + str(x).replace("\\", "\\\\").replace('"', '\\"') + '"'


def document(settings: dict) -> str:
    lines = []
    for name, section in settings.items():
        for one in section if isinstance(section, list) else [section]:
            lines.append(f"[[{name}]]" if isinstance(section, list) else f"[{name}]")
            lines += [f"{key} = {value(x)}" for key, x in one.items()]
            lines.append("")
    return "\n".join(lines)
