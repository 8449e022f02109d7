"""One ONNX network on the best provider of this machine: arrays in, arrays out."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import structlog

from models.errors import DamagedModel, ModelError

Array = npt.NDArray[Any]

MAX_THREADS = 4  # networks of a few GFLOP do not gain from more


class Provider(StrEnum):
    """What a network can run on."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    OPENVINO = "openvino"


ORT_NAMES = {
    Provider.CPU: "CPUExecutionProvider",
    Provider.CUDA: "CUDAExecutionProvider",
    Provider.TENSORRT: "TensorrtExecutionProvider",
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One input or output; a size that is free stands as None."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} [{sizes}] {self.dtype}"


class Network(Protocol):
    """A network ready to run."""

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    metadata: Mapping[str, str]
    provider: Provider

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """All outputs, in the order of `outputs`, for one array per input name."""
        ...


def available_threads(provider: Provider = Provider.CPU) -> int:
    """Threads for one network: the processors this process may use, up to MAX_THREADS.

    Half of them in OpenVINO: its threads wait for one another, which on a busy machine costs more
    than they give (the obstacle network on two cores: 56 ms against 34; on an idle one 11, 15).
    """
    threads = min(len(os.sched_getaffinity(0)), MAX_THREADS)
    return max(threads // 2, 1) if provider is Provider.OPENVINO else threads


def named_provider() -> Provider | None:
    """The one that WAYSIDE_PROVIDER names, if any; raises ModelError for a name that is none."""
    named = os.environ.get("WAYSIDE_PROVIDER")
    if not named:
        return None
    try:
        return Provider(named)
    except ValueError:
        known = ", ".join(Provider)
        raise ModelError(f"WAYSIDE_PROVIDER must be one of {known}, got {named!r}") from None


def choose_provider() -> Provider:
    """The one that WAYSIDE_PROVIDER names, else CUDA where onnxruntime has it, else the CPU.

    TensorRT is taken by name only: it compiles for minutes at its first start. Raises ModelError
    for a name that is none.
    """
    named = named_provider()
    if named is not None:
        return named
    if ORT_NAMES[Provider.CUDA] in ort.get_available_providers():
        return Provider.CUDA
    return Provider.CPU


def open_network(
    path: Path,
    *,
    provider: Provider | None = None,
    threads: int | None = None,
    input_size: tuple[int, int] | None = None,
    in_bfloat16: bool = False,
    or_cpu: bool = False,
) -> Network:
    """The file's network, run at `input_size` (width, height) where that is given.

    OpenVINO alone calculates in 16-bit brain floats. Where the provider finds no device, the CPU
    runs the network if nobody named the provider, or `or_cpu` allows it. Raises DamagedModel if
    the file holds no network, ModelError if the provider is not here or cannot do what is asked.
    """
    chosen = choose_provider() if provider is None else provider
    or_cpu = or_cpu or (provider is None and named_provider() is None)
    wanted_threads = available_threads(chosen) if threads is None else threads
    content = _content(path, input_size)
    if chosen is Provider.OPENVINO:
        # imported here: the package is an extra
        from models.openvino_network import OpenVinoNetwork

        return OpenVinoNetwork(content, path.name, threads=wanted_threads, in_bfloat16=in_bfloat16)
    if in_bfloat16:
        raise ModelError(f"{path.name}: {chosen} does not calculate in bfloat16, openvino does")
    network = OnnxNetwork(content, path.name, provider=chosen, threads=wanted_threads)
    if network.provider is not chosen:
        if not or_cpu:
            raise ModelError(f"{path.name}: {chosen} finds no device that it can use here")
        log = structlog.get_logger().bind(file=path.name, wanted=str(chosen))
        log.warning("no device for the network, the CPU runs it")
    return network


def _content(path: Path, input_size: tuple[int, int] | None) -> bytes:
    if input_size is None:
        return path.read_bytes()
    from models.input_size import with_input_size  # only resized networks need the onnx package

    return with_input_size(path, input_size)


class OnnxNetwork:
    """A network run by onnxruntime; `provider` is what really runs it.

    All graph optimisations, operators one after another, threads that sleep between pictures:
    a spinning pool is a little faster but keeps whole cores busy between pictures.
    """

    def __init__(self, content: bytes, file_name: str, *, provider: Provider, threads: int) -> None:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if ORT_NAMES[provider] not in ort.get_available_providers():
            here = ", ".join(ort.get_available_providers())
            raise ModelError(f"{file_name}: this onnxruntime has no {provider}; it has {here}")
        names = [ORT_NAMES[provider]]
        if provider is not Provider.CPU:
            names.append(ORT_NAMES[Provider.CPU])  # for the operators that the device lacks
        try:
            ort.disable_telemetry_events()  # what runs here is nobody else's business
            self._session = ort.InferenceSession(content, options, providers=names)
        except _ORT_LOAD_ERRORS as error:
            raise DamagedModel(f"{file_name} is no ONNX network that runs here: {error}") from None
        is_there = self._session.get_providers()[0] == ORT_NAMES[provider]
        self.provider = provider if is_there else Provider.CPU
        self.inputs = tuple(_tensor_info(tensor) for tensor in self._session.get_inputs())
        self.outputs = tuple(_tensor_info(tensor) for tensor in self._session.get_outputs())
        self.metadata: Mapping[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        self._output_names = [output.name for output in self.outputs]

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """All outputs, in the order of `outputs`, for one array per input name.

        On a device the arrays are bound, so that outputs are copied back once; on the CPU
        binding measured no gain, since onnxruntime's outputs already are numpy's memory.
        """
        if self.provider is Provider.CPU:
            outputs: list[Array] = self._session.run(self._output_names, dict(feeds))
            return outputs
        binding = self._session.io_binding()
        for name, array in feeds.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(array))
        for name in self._output_names:
            binding.bind_output(name)
        self._session.run_with_iobinding(binding)
        bound: list[Array] = binding.copy_outputs_to_cpu()
        return bound


_ORT_LOAD_ERRORS = (
    ort.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    ort.capi.onnxruntime_pybind11_state.InvalidGraph,
    ort.capi.onnxruntime_pybind11_state.InvalidArgument,
    ort.capi.onnxruntime_pybind11_state.NoModel,
    ort.capi.onnxruntime_pybind11_state.NotImplemented,
    ort.capi.onnxruntime_pybind11_state.RuntimeException,
    ort.capi.onnxruntime_pybind11_state.Fail,
)


def _tensor_info(tensor: Any) -> TensorInfo:
    shape = tuple(size if isinstance(size, int) else None for size in tensor.shape)
    dtype = tensor.type.removeprefix("tensor(").removesuffix(")")
    return TensorInfo(
        tensor.name, shape, {"float": "float32", "double": "float64"}.get(dtype, dtype)
    )
