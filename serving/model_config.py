"""Model configurations, read and written with Triton's own protobuf."""

from pathlib import Path

from google.protobuf import json_format, text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInstanceGroup

from serving.errors import RepositoryError

KIND_CPU: int = ModelInstanceGroup.KIND_CPU

__all__ = [
    "KIND_CPU",
    "ModelConfig",
    "backend_of",
    "parameter",
    "read_config",
    "to_json",
    "to_text",
]


def read_config(path: Path) -> ModelConfig:
    """Parses a `config.pbtxt`.

    Raises:
        RepositoryError: it can't be read, or is no model configuration; the message names the
            file and the line.
    """
    try:
        return text_format.Parse(path.read_text("utf-8"), ModelConfig())
    except text_format.ParseError as error:
        # The parser puts `line:column : ` before the message itself.
        reason = str(error).partition(" : ")[2] or str(error)
        raise RepositoryError(f"{path}, line {error.GetLine()}: {reason}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RepositoryError(f"{path} can't be read: {error}") from error


def to_json(config: ModelConfig) -> str:
    """The configuration as Triton takes it with a load request."""
    return str(json_format.MessageToJson(config, preserving_proto_field_name=True, indent=None))


def to_text(config: ModelConfig) -> str:
    """The configuration as a `config.pbtxt` holds it."""
    return str(text_format.MessageToString(config))


def backend_of(config: ModelConfig) -> str:
    """The model's backend; of an ensemble, and of a model with a platform alone, its platform."""
    return str(config.backend or config.platform)


def parameter(config: ModelConfig, key: str) -> str | None:
    """The parameter's text; None where the configuration does not set it."""
    return str(config.parameters[key].string_value) if key in config.parameters else None
