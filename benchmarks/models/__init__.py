"""Every model of the repository under the real `perf_analyzer`, beside bare ONNX Runtime."""
