"""What Microsoft publishes about Graph v1.0, as its SDK for Python has it: the SDK is generated from the OpenAPI
description, a request builder for each path and a model for each body."""

import importlib
import inspect
import json
import re
import urllib.parse

from kiota_abstractions.serialization import Parsable
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter
from msgraph.generated.base_graph_service_client import BaseGraphServiceClient


class Adapter:
    """As much of an adapter as request builders want before anything is sent."""

    base_url = "https://graph.microsoft.com/v1.0"


class Undescribed(AssertionError):
    """A request that the description does not have."""


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return name.lower()


def builder_of(path):
    """The request builder of a path below /v1.0, by walking the fluent interface."""
    builder = BaseGraphServiceClient.__new__(BaseGraphServiceClient)
    builder.request_adapter, builder.path_parameters = Adapter(), {"base_url": Adapter.base_url}
    builder.url_template = "{+baseurl}"
    for segment in path.strip("/").split("/"):
        builder = step(builder, urllib.parse.unquote(segment), path)
    return builder


def step(builder, segment, path):
    key = re.fullmatch(r"(\w+)\((\w+)='(.*)'\)", segment)
    if key:
        method = getattr(builder, f"{snake(key[1])}_with_{snake(key[2])}", None)
        if method:
            return method(key[3])
    named = inspect.getattr_static(type(builder), snake(segment), None)
    if isinstance(named, property):
        return getattr(builder, snake(segment))
    for name in dir(type(builder)):
        if name.startswith("by_"):
            return getattr(builder, name)(segment)
    raise Undescribed(f"{path}: nothing is called {segment} there")


def model_of(builder, annotation):
    """The class that a builder's module calls by this name."""
    name = re.sub(r"^Optional\[(.*)\]$", r"\1", annotation)
    module = inspect.getmodule(type(builder))
    found = re.search(rf"from (\.+[\w.]+) import {name}\b", inspect.getsource(module))
    if not found:
        raise Undescribed(f"{module.__name__} has no model {name}")
    return getattr(importlib.import_module(found[1], module.__package__), name)


def check(asked):
    """Raises where a request is not as described: path, method, query and body."""
    path = asked.path.removeprefix("/v1.0")
    builder = builder_of(path)
    place = re.sub(r"\{\?.*\}$", "", builder.url_template).removeprefix("{+baseurl}")
    pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", place))
    if not re.fullmatch(pattern, path):
        raise Undescribed(f"{path} is not {place}")
    method = getattr(builder, asked.method.lower(), None)
    if method is None:
        raise Undescribed(f"{place} takes no {asked.method}")
    if asked.query:
        check_query(builder, method, asked)
    takes = inspect.signature(method).parameters.get("body")
    if (takes is None) != (asked.body is None):
        raise Undescribed(f"{asked.method} {place} takes {'no' if takes is None else 'a'} body")
    if takes is not None:
        check_body(model_of(builder, takes.annotation), asked.body, f"{asked.method} {place}")
    return f"{asked.method} {place}"


def check_query(builder, method, asked):
    described = re.search(r"\{\?(.*)\}$", builder.url_template)
    known = {urllib.parse.unquote(name) for name in described[1].rstrip("*").split(",")} if described else set()
    query = urllib.parse.parse_qs(asked.query, strict_parsing=True)
    for name in query:
        if name not in known and name != "$skiptoken":
            raise Undescribed(f"{asked.path} takes no {name}, but {sorted(known)}")
    answer = model_of(builder, inspect.signature(method).return_annotation)
    fields = answer().get_field_deserializers()
    if "value" in fields:
        element = re.search(r"get_collection_of_object_values\((\w+)\)", inspect.getsource(answer.get_field_deserializers))
        module = inspect.getmodule(answer)
        where = re.search(rf"from (\.+[\w.]+) import {element[1]}\b", inspect.getsource(module))
        fields = getattr(importlib.import_module(where[1], module.__package__), element[1])().get_field_deserializers()
    for name in ",".join(query.get("$select", [])).split(","):
        if name and name not in fields:
            raise Undescribed(f"{asked.path}: there is no property {name} to select")


def parsed(model, content):
    """The model of some JSON."""
    node = JsonParseNodeFactory().get_root_parse_node("application/json", json.dumps(content).encode())
    return node.get_object_value(model)


def check_body(model, content, what):
    """Raises where a body has data that the model does not have, or data of another type."""
    value = parsed(model, content)
    for where, unknown in unknown_data(value, what):
        raise Undescribed(f"{where} has no property {unknown}")
    writer = JsonSerializationWriter()
    value.serialize(writer)
    written = json.loads(writer.get_serialized_content())
    for name, sent in content.items():
        # What has the wrong type does not come back as it was sent.
        if written.get(name) != sent:
            raise Undescribed(f"{what}: {name} is of another type")


def unknown_data(value, where):
    """Data that models do not describe, wherever it is. Annotations are no data."""
    if isinstance(value, list):
        for one in value:
            yield from unknown_data(one, where)
    elif isinstance(value, Parsable):
        for name in getattr(value, "additional_data", None) or {}:
            if "@" not in name:
                yield where, name
        for name in value.get_field_deserializers():
            inner = getattr(value, snake(name), None)
            if isinstance(inner, (list, Parsable)):
                yield from unknown_data(inner, f"{where}.{name}")
