"""A network run by OpenVINO (extra `openvino`)."""

from collections.abc import Mapping

import numpy as np

from models.errors import DamagedModel, ModelError
from models.session import Array, Provider, TensorInfo

try:
    import openvino
except ImportError as error:
    raise ModelError(
        "provider openvino needs the extra: pip install 'wayside-vision[openvino]'"
    ) from error


class OpenVinoNetwork:
    """A network compiled by OpenVINO for the CPU, for the shortest time per picture.

    Unless brain floats are asked for, outputs are the same as any provider's.
    """

    def __init__(
        self, content: bytes, file_name: str, *, threads: int, in_bfloat16: bool = False
    ) -> None:
        core = openvino.Core()
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if in_bfloat16 else "f32",
        }
        try:
            model = core.read_model(content)
            self._compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as error:
            raise DamagedModel(f"{file_name} is no network that OpenVINO runs: {error}") from None
        self._request = self._compiled.create_infer_request()
        self.provider = Provider.OPENVINO
        self.metadata: Mapping[str, str] = _metadata(content)
        self.inputs = tuple(_tensor_info(port) for port in self._compiled.inputs)
        self.outputs = tuple(_tensor_info(port) for port in self._compiled.outputs)

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """All outputs, in the order of `outputs`, for one array per input name."""
        self._request.infer(dict(feeds))
        return [
            np.array(self._request.get_output_tensor(index).data)
            for index in range(len(self.outputs))
        ]


def _metadata(content: bytes) -> dict[str, str]:
    import onnx  # OpenVINO does not keep the file's own metadata

    return {prop.key: prop.value for prop in onnx.load_from_string(content).metadata_props}


def _tensor_info(port: "openvino.ConstOutput") -> TensorInfo:
    shape = tuple(dim.get_length() if dim.is_static else None for dim in port.get_partial_shape())
    return TensorInfo(port.get_any_name(), shape, port.get_element_type().to_dtype().name)
