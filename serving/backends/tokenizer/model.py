"""The `tokenizer` backend: `text` STRING [batch, 1] -> `input_ids`, `attention_mask` INT64."""

from serving.backends.answering import Outputs, Request, Response, answer_each, read
from serving.backends.parameters import ModelContext
from serving.backends.tokenizer.tokenization import TextTokenizer


class TritonPythonModel:
    """Tokenises texts by the exported `tokenizer.json` of the model."""

    def initialize(self, args: dict[str, str]) -> None:
        context = ModelContext.from_args(args)
        self._tokenizer = TextTokenizer(context.version_folder / "tokenizer.json")

    def execute(self, requests: list[Request]) -> list[Response]:
        return answer_each(requests, self._infer)

    def _infer(self, request: Request) -> Outputs:
        input_ids, attention_mask = self._tokenizer.encode(list(read(request, "text")[:, 0]))
        return {"input_ids": input_ids, "attention_mask": attention_mask}
