"""Pretrained weights to ONNX graphs in a Triton model repository; see `python -m export --help`."""
